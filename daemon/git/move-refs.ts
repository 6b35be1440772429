/**
 * The one way to move a ref (invariant 4): accepted request → journal ‖ prepare under lock → both done → swap →
 * audit. Whatever is refused after it was journaled leaves an abort mark, so that recovery never does it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GitisoError } from '../../shared/errors';
import type { AuditEntry, AuditLog } from '../audit/audit-log';
import { crashPoint, type CrashPoint } from '../crash-points';
import type { Journal } from '../journal/journal';
import type { Logger } from '../log';
import { finishMove } from './finish-move';
import type { JournalBody } from './journal-body';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';
import type { Refusal } from './worker-protocol';

const markAttempts = 60;
const markPauseMs = 1000;

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
    void abort(parts, seq, isJournaled);
    throw attempt.reason;
  }
  const prepared = attempt.value;
  if (!isPrepared(prepared)) {
    crashPoint('move:refused');
    void abort(parts, seq, isJournaled);
    return prepared;
  }
  if (journaled.status === 'rejected') {
    void abort(parts, seq, isJournaled);
    await settle(parts, move.gitDirectory, prepared.transaction, false);
    throw new GitisoError('storage-failed', 'the journal can not be written', { cause: journaled.reason });
  }

  crashPoint('move:agreed');
  await settle(parts, move.gitDirectory, prepared.transaction, true).catch(async (error: unknown) => {
    const end = await finishMove(parts, move.gitDirectory, move.updates(prepared), error);
    if (end === 'moved') return;
    await abort(parts, seq, true);
    throw refsNotMoved(error);
  });
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

/** For a move that was taken back. */
export function refsNotMoved(cause: unknown): GitisoError {
  const message = 'the repository can not be written: its refs could not be moved, and nothing was changed';
  return new GitisoError('storage-failed', message, { cause });
}

/**
 * Not synced by itself: it lies before every later record of the same file, so it is durable before they are. What can
 * not be written now is tried again for a while. Resolves when the mark is there, or was given up.
 */
export async function abort(parts: MoveParts, seq: number, wasJournaled: boolean): Promise<void> {
  parts.journal.settled(seq);
  if (!wasJournaled) return;
  for (let attempt = 1; attempt <= markAttempts; attempt += 1) {
    const mark = parts.journal.append({ kind: 'abort', seq });
    try {
      await mark.durable;
      parts.journal.settled(mark.seq);
      return;
    } catch (error) {
      parts.log.error('the journal can not be written', { error: String(error) });
      await sleep(markPauseMs, undefined, { ref: false });
    }
  }
}
