/**
 * A move that the journal agreed to and that could not be swapped: a worker died, or the disk was full at that moment. It
 * ends wholly or not at all while the turn of its refs is held, since the next move starts from what this one leaves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isGitisoError } from '../../shared/errors';
import { zeroOid } from '../../shared/ids';
import type { Logger } from '../log';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';

export interface FinishParts {
  readonly workers: WorkerPool;
  readonly log: Logger;
}

const pauseMs = 250;

/**
 * 'moved': all refs have their new values. 'untouched': none has, and it was tried twice. In between it is tried again
 * until it is one of them. Throws `first` when somebody else has moved a ref meanwhile, or the daemon stops: what the
 * journal holds is then done at the next start.
 */
export async function finishMove(
  { workers, log }: FinishParts,
  gitDirectory: string,
  updates: readonly RefUpdate[],
  first: unknown,
): Promise<'moved' | 'untouched'> {
  log.error('a journaled ref move is tried again', {
    refs: updates.map(({ ref }) => ref),
    error: String(first),
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const left = await listLeft(workers, gitDirectory, updates);
      if (left.length === 0) return 'moved';
      if (attempt > 1 && left.length === updates.length) return 'untouched';
      const prepared = await workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates: left });
      if (prepared.kind !== 'prepared') throw new OvertakenError();
      await workers.run(gitDirectory, { op: 'settle', transaction: prepared.transaction, commit: true });
    } catch (error) {
      const isOver =
        error instanceof OvertakenError || (isGitisoError(error) && error.code === 'shutting-down');
      if (isOver) throw first;
      await sleep(pauseMs);
    }
  }
}

class OvertakenError extends Error {}

/** The updates whose ref has not its new value. */
async function listLeft(
  workers: WorkerPool,
  gitDirectory: string,
  updates: readonly RefUpdate[],
): Promise<readonly RefUpdate[]> {
  const left: RefUpdate[] = [];
  for (const update of updates) {
    const { current } = await workers.run(gitDirectory, { op: 'readRef', gitDirectory, ref: update.ref });
    if ((current ?? zeroOid) !== update.new) left.push(update);
  }
  return left;
}
