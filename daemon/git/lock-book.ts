/**
 * Which ref locks a git worker holds or may be taking, so that they can be removed when it dies: known by the request
 * until it is prepared, then by the transaction until that is settled. Keeps book only, touches no file.
 */
import { join } from 'node:path';
import type { WorkerRequest } from './worker-protocol';

export interface LockBook {
  readonly asked: (id: number, request: WorkerRequest) => void;
  /** `result` is null when the worker could not do it. */
  readonly answered: (id: number, request: WorkerRequest, result: unknown) => void;
  /** Whether the worker has prepared this transaction and not settled it. */
  readonly holds: (transaction: number) => boolean;
  readonly isEmpty: () => boolean;
  /** The paths of all lock files, which are the caller's from now on. */
  readonly takeAll: () => readonly string[];
}

export function createLockBook(): LockBook {
  const byRequest = new Map<number, readonly string[]>();
  const byTransaction = new Map<number, readonly string[]>();
  return {
    asked: (id, request) => {
      const paths = locksOf(request);
      if (paths !== null) byRequest.set(id, paths);
    },
    answered: (id, request, result) => {
      const paths = byRequest.get(id);
      byRequest.delete(id);
      if (request.op === 'settle') byTransaction.delete(request.transaction);
      const prepared = result as { kind?: string; transaction?: number } | null;
      if (paths !== undefined && prepared?.kind === 'prepared' && prepared.transaction !== undefined)
        byTransaction.set(prepared.transaction, paths);
    },
    holds: (transaction) => byTransaction.has(transaction),
    isEmpty: () => byRequest.size === 0 && byTransaction.size === 0,
    takeAll: () => {
      const paths = [...byRequest.values(), ...byTransaction.values()].flat();
      byRequest.clear();
      byTransaction.clear();
      return paths;
    },
  };
}

/** null: it takes none. */
function locksOf(request: WorkerRequest): readonly string[] | null {
  switch (request.op) {
    case 'prepareCommit':
      return [join(request.plan.gitDirectory, `${request.plan.ref}.lock`)];
    case 'prepareRefs':
      return request.updates.map(({ ref }) => join(request.gitDirectory, `${ref}.lock`));
    default:
      return null;
  }
}
