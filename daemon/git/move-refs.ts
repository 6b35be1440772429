/**
 * The one way to move a ref (invariant 4): accepted request → journal ‖ prepare under lock → both done → swap →
 * audit. Whatever is refused after it was journaled leaves an abort mark, so that recovery never does it.
 */
import { GitisoError } from '../../shared/errors';
import { zeroOid } from '../../shared/ids';
import type { AuditEntry, AuditLog } from '../audit/audit-log';
import { crashPoint, type CrashPoint } from '../crash-points';
import type { Journal } from '../journal/journal';
import type { Logger } from '../log';
import type { JournalBody } from './journal-body';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';
import type { Refusal } from './worker-protocol';

export interface MoveParts {
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly workers: WorkerPool;
  readonly log: Logger;
}

/** `prepare` locks and compares; `entry` is the audit record of the finished move. */
export async function moveRefs<P extends { readonly kind: 'prepared'; readonly transaction: number }>(
  parts: MoveParts,
  move: {
    readonly gitDirectory: string;
    readonly body: JournalBody;
    readonly blobs: readonly Buffer[];
    readonly prepare: () => Promise<P | Refusal>;
    readonly updates: (prepared: P) => readonly RefUpdate[];
    readonly entry: (prepared: P) => AuditEntry;
  },
): Promise<P | Refusal> {
  const { seq, durable } = parts.journal.append(move.body, move.blobs);
  const [journaled, attempt] = await Promise.allSettled([
    durable.then(() => crashPoint('move:journaled')),
    move.prepare().then(passing('move:prepared')),
  ]);
  const isJournaled = journaled.status === 'fulfilled';

  if (attempt.status === 'rejected') {
    crashPoint('move:refused');
    abort(parts, seq, isJournaled);
    throw attempt.reason;
  }
  const prepared = attempt.value;
  if (!isPrepared(prepared)) {
    crashPoint('move:refused');
    abort(parts, seq, isJournaled);
    return prepared;
  }
  if (journaled.status === 'rejected') {
    abort(parts, seq, isJournaled);
    await settle(parts, move.gitDirectory, prepared.transaction, false);
    throw new GitisoError('storage-failed', 'the journal can not be written', { cause: journaled.reason });
  }

  crashPoint('move:agreed');
  await settle(parts, move.gitDirectory, prepared.transaction, true).catch((error: unknown) =>
    settleAgain(parts, move.gitDirectory, move.updates(prepared), error),
  );
  crashPoint('move:swapped');
  const entry = { ...move.entry(prepared), journal: seq };
  parts.audit
    .append(entry, () => {
      crashPoint('move:audited');
      parts.journal.settled(seq);
    })
    .catch((error: unknown) => {
      parts.log.error('the audit log can not be written', { error: String(error) });
    });
  return prepared;
}

function passing<T>(point: CrashPoint): (value: T) => T {
  return (value) => {
    crashPoint(point);
    return value;
  };
}

function isPrepared<P extends { readonly kind: 'prepared' }>(answer: P | Refusal): answer is P {
  return answer.kind === 'prepared';
}

async function settle(
  parts: MoveParts,
  gitDirectory: string,
  transaction: number,
  commit: boolean,
): Promise<void> {
  await parts.workers.run(gitDirectory, { op: 'settle', transaction, commit });
}

/**
 * The worker died between the journal and the swap. The journal says the move happened, so it must: lock, compare and
 * swap again; a ref that has its new value already is done. What still fails is left to recovery at the next start.
 */
async function settleAgain(
  parts: MoveParts,
  gitDirectory: string,
  updates: readonly RefUpdate[],
  first: unknown,
): Promise<void> {
  parts.log.error('a journaled ref move is tried again', { error: String(first) });
  const left: RefUpdate[] = [];
  for (const update of updates) {
    const { current } = await parts.workers.run(gitDirectory, {
      op: 'readRef',
      gitDirectory,
      ref: update.ref,
    });
    if ((current ?? zeroOid) !== update.new) left.push(update);
  }
  if (left.length === 0) return;
  const prepared = await parts.workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates: left });
  if (prepared.kind !== 'prepared') throw first;
  await settle(parts, gitDirectory, prepared.transaction, true);
}

/** Not synced by itself: it lies before every later record of the same file, so it is durable before they are. */
export function abort(parts: MoveParts, seq: number, wasJournaled: boolean): void {
  parts.journal.settled(seq);
  if (!wasJournaled) return;
  const mark = parts.journal.append({ kind: 'abort', seq });
  mark.durable.then(
    () => {
      parts.journal.settled(mark.seq);
    },
    (error: unknown) => {
      parts.log.error('the journal can not be written', { error: String(error) });
    },
  );
}
