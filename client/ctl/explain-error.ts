/** Turns whatever went wrong into a message, a hint and an exit code; the only place where exit codes are chosen. */
import { isNativeError } from 'node:util/types';
import { errorCatalogue, isGitisoError, type ErrorEntry } from '../../shared/errors';
import { systemSocket } from './socket-path';
import { Interruption } from './terminal';
import { UsageError, usageExit } from './usage-error';

export interface Explanation {
  /** Stable name for programs: from the error catalogue, or one of this client's own. */
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exit: number;
}

/** Of sysexits(3). */
const unavailable = 69;
const softwareError = 70;
const notPermitted = 77;

/** The daemon could not be reached, or it went away; `code` is the error code of connect(2) if there was one. */
export class ConnectError extends Error {
  constructor(
    readonly socketPath: string,
    readonly code: string | undefined,
    options?: { readonly cause?: unknown },
  ) {
    super(`no connection to ${socketPath}: ${code ?? 'closed'}`, options);
    this.name = 'ConnectError';
  }
}

export function explainError(error: unknown): Explanation {
  if (error instanceof UsageError) {
    return { reason: 'usage', message: error.message, hint: error.hint, exit: usageExit };
  }
  if (error instanceof Interruption) {
    return { reason: 'interrupted', message: error.message, hint: null, exit: error.exit };
  }
  if (error instanceof ConnectError) return explainConnectFailure(error.socketPath, error.code);
  if (isGitisoError(error)) {
    const { code, message, details } = error;
    const { requestId } = details;
    const hint =
      code === 'internal-error' && typeof requestId === 'string' ? `${error.hint}: ${requestId}` : error.hint;
    return { reason: code, message, hint: hint === '' ? null : hint, exit: exitOfReason(code) };
  }
  const message = isNativeError(error) ? error.message : String(error);
  return { reason: 'defect', message, hint: null, exit: softwareError };
}

/** The exit code of a reason in the catalogue; a newer daemon may know reasons that this client does not. */
export function exitOfReason(reason: string): number {
  const entries: Readonly<Record<string, ErrorEntry>> = errorCatalogue;
  return Object.hasOwn(entries, reason) ? (entries[reason]?.exit ?? softwareError) : softwareError;
}

/** Says which socket failed, why, and what to do. */
function explainConnectFailure(socketPath: string, code: string | undefined): Explanation {
  const start = socketPath === systemSocket ? 'systemctl start gitiso' : 'start gitisod';
  const elsewhere = 'name its socket with --socket or GITISO_SOCKET if it is elsewhere';
  const explain = (why: string, hint: string, exit = unavailable): Explanation => ({
    reason: 'unreachable',
    message: `the daemon does not answer on ${socketPath}: ${why}`,
    hint,
    exit,
  });
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return explain('there is no such socket', `${start}, or ${elsewhere}`);
    case 'ECONNREFUSED':
      return explain('the socket is there but nobody listens on it', `${start}; its log tells why it ended`);
    case 'EACCES':
    case 'EPERM':
      return explain(
        'permission denied',
        "become a member of the socket's group (usermod -aG gitiso USER, then log in again), or use sudo",
        notPermitted,
      );
    case undefined:
      return explain('it closed the connection', 'see its log; the request may have been carried out');
    default:
      return explain(code, `${start}, or ${elsewhere}`);
  }
}
