/**
 * `git branch -m x x/y`: the names exclude each other, so the old one goes before the new one comes, as git itself does
 * it. One record of the journal holds both, so that a crash in between ends with the new name.
 */
import type { AuditEntry } from '../audit/audit-log';
import { zeroOid } from '../../shared/ids';
import { crashPoint } from '../crash-points';
import type { JournalBody } from './journal-body';
import { abort, type MoveParts } from './move-refs';
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
  const first = await moveOne(parts, gitDirectory, gone);
  if (first.kind !== 'moved') {
    abort(parts, seq, true);
    return first;
  }
  crashPoint('transaction:between');
  const second = await moveOne(parts, gitDirectory, come).catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if (second.kind !== 'moved') {
    await takeBack();
    return second;
  }
  parts.audit
    .append({ ...move.entry, journal: seq }, () => parts.journal.settled(seq))
    .catch((error: unknown) => {
      parts.log.error('the audit log can not be written', { error: String(error) });
    });
  return second;

  async function takeBack(): Promise<void> {
    await moveOne(parts, gitDirectory, { ref: gone.ref, old: zeroOid, new: gone.old });
    abort(parts, seq, true);
  }
}

async function moveOne(
  parts: MoveParts,
  gitDirectory: string,
  update: RefUpdate,
): Promise<{ readonly kind: 'moved' } | Refusal> {
  const updates = [update];
  const prepared = await parts.workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates });
  if (prepared.kind !== 'prepared') return prepared;
  const { transaction } = prepared;
  await parts.workers.run(gitDirectory, { op: 'settle', transaction, commit: true });
  return { kind: 'moved' };
}
