/**
 * `git branch -m x x/y`: the names exclude each other, so the old one goes before the new one comes, as git itself does
 * it. One record of the journal holds both, so that a crash in between ends with the new name.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../audit/audit-log';
import { isGitisoError } from '../../shared/errors';
import { zeroOid } from '../../shared/ids';
import { crashPoint } from '../crash-points';
import type { JournalBody } from './journal-body';
import { finishMove } from './finish-move';
import { abort, refsNotMoved, type MoveParts } from './move-refs';
import type { RefUpdate } from './ref-updates';
import type { Refusal } from './worker-protocol';

/** Needs the turn of both refs. When the new name can not be made, the old one is made again. */
export async function moveInTurn(
  parts: MoveParts,
  move: {
    readonly gitDirectory: string;
    readonly body: JournalBody;
    readonly gone: RefUpdate;
    readonly come: RefUpdate;
    readonly entry: AuditEntry;
  },
): Promise<{ readonly kind: 'moved' } | Refusal> {
  const { gitDirectory, gone, come } = move;
  const { seq, durable } = parts.journal.append(move.body);
  await durable;
  // What it throws leaves the record open: nobody knows how far it came, and the next start does it.
  const first = await moveOne(parts, gitDirectory, gone);
  if (first.kind === 'untouched') {
    await abort(parts, seq, true);
    throw first.error;
  }
  if (first.kind !== 'moved') {
    void abort(parts, seq, true);
    return first;
  }
  crashPoint('transaction:between');
  const second = await moveOne(parts, gitDirectory, come).catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if (second.kind !== 'moved') {
    await takeBack();
    if (second.kind === 'untouched') throw second.error;
    return second;
  }
  parts.audit
    .append({ ...move.entry, journal: seq }, () => parts.journal.settled(seq))
    .catch((error: unknown) => {
      parts.log.error('the audit log can not be written', { error: String(error) });
    });
  return second;

  /** The old name must not stay away: it is made again as soon as the disk takes it. */
  async function takeBack(): Promise<void> {
    for (;;) {
      try {
        const back = await moveOne(parts, gitDirectory, { ref: gone.ref, old: zeroOid, new: gone.old });
        if (back.kind !== 'untouched') break;
        throw back.error;
      } catch (error) {
        if (isGitisoError(error) && error.code === 'shutting-down') throw error;
        parts.log.error('a branch is made again', { ref: gone.ref, error: String(error) });
        await sleep(pauseMs);
      }
    }
    await abort(parts, seq, true);
  }
}

const pauseMs = 250;

/** 'untouched': the ref is as it was. Throws what `finishMove` throws. */
async function moveOne(
  parts: MoveParts,
  gitDirectory: string,
  update: RefUpdate,
): Promise<{ readonly kind: 'moved' } | { readonly kind: 'untouched'; readonly error: unknown } | Refusal> {
  const updates = [update];
  const prepared = await parts.workers
    .run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates })
    .catch((error: unknown) => ({ kind: 'untouched', error }) as const);
  if (prepared.kind !== 'prepared') return prepared;
  const { transaction } = prepared;
  try {
    await parts.workers.run(gitDirectory, { op: 'settle', transaction, commit: true });
  } catch (error) {
    const end = await finishMove(parts, gitDirectory, updates, error);
    if (end === 'untouched') return { kind: end, error: refsNotMoved(error) };
  }
  return { kind: 'moved' };
}
