/** What went wrong with a git worker, as an error for the request that caused it. Pure. */
import { GitisoError } from '../../shared/errors';
import type { WorkerEnd } from './worker-process';

/** `defect`: the worker is well, but could not do this request. */
export type FailureReason = 'crashed' | 'hung' | 'memory' | 'defect';

const hints: Readonly<Record<FailureReason, string>> = {
  crashed: 'try again; if it happens again, the daemon log tells how the worker ended',
  hung: 'try again; workers.jobTimeoutMs says how long a request may take',
  memory: 'make the change smaller, or raise workers.memoryBytes',
  defect: 'the daemon log has the details; gitisoctl doctor looks at the repository',
};

export function workerFailed(reason: FailureReason, message: string, cause?: unknown): GitisoError {
  return new GitisoError('worker-failed', message, {
    hint: hints[reason],
    details: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** For the requester: no path and no pid. */
export function describeFailure(
  reason: FailureReason,
  end: WorkerEnd,
  limits: { readonly deadlineMs: number; readonly memoryBytes: number },
): string {
  switch (reason) {
    case 'hung':
      return `the git worker did not answer within ${limits.deadlineMs} ms and was replaced`;
    case 'memory':
      return `the git worker needed more than ${limits.memoryBytes} bytes of memory and was replaced`;
    case 'crashed':
    case 'defect':
      return `the git worker ended (${end.signal ?? `exit code ${String(end.code)}`}) while it served the request`;
  }
}
