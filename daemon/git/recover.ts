/**
 * Start-up after a crash: everything the journal accepted is done again, exactly once. Runs before the first request,
 * when the daemon is the only one that writes. Needs no hand.
 */
import { isGitisoError } from '../../shared/errors';
import type { RepoId } from '../../shared/ids';
import type { AuditLog } from '../audit/audit-log';
import { crashPoint } from '../crash-points';
import type { Journal } from '../journal/journal';
import type { JournalRecord } from '../journal/journal-record';
import { commitEntry } from './create-commit-engine';
import { dropDamagedObjects } from './drop-damaged-objects';
import { asJournalBody } from './journal-body';
import { moveToLast, readCurrent } from './move-to-last';
import { auditOperations, type OperationParts } from './recover-operations';
import { sortOut } from './ref-chains';
import { redoRecord, type RedoParts, type Redone } from './redo-record';
import { removeLeftovers } from './remove-leftovers';

export interface RecoveryParts extends RedoParts, OperationParts {
  readonly journal: Journal;
  readonly audit: AuditLog;
  /** Repositories that are there and can not be used now: what the journal has for them is kept. */
  readonly damaged: readonly RepoId[];
  /** When everything was made durable last; null: never, or the last stop was a clean one. */
  readonly durableAt: Date | null;
}

/** Returns the number of records that were done again. */
export async function recover(parts: RecoveryParts): Promise<number> {
  const { journal, audit, log } = parts;
  for (const { id } of parts.repositories) await removeLeftovers(parts.repoGit(id), log);
  const records = journal.recovered;
  await dropDamage(parts, records);
  await auditDamage(audit);
  const first = records[0];
  if (first === undefined) return 0;

  const ended = new Set(
    records.flatMap(({ body }) => (isEnd(body) ? [(body as { readonly seq: number }).seq] : [])),
  );
  if (records.some((record) => isOfDamaged(parts, record))) journal.keepRecovered();
  const audited = await audit.settledSince(first.seq);
  const made: Redone[] = [];
  for (const record of records) {
    const one = await redoSafely(parts, record, ended.has(record.seq));
    if (one !== null) made.push(one);
  }
  crashPoint('recover:objects');
  const refs = await readCurrent(parts.workers, made);
  const { accepted, refused, destinations } = sortOut(made, { ...refs, done: audited });
  for (const { seq } of refused) log.warn('a journaled change was refused; it has no abort mark', { seq });
  const failed = await moveToLast(parts, accepted, { ...refs, destinations });
  crashPoint('recover:moved');
  const redone = accepted.filter(({ seq }) => !failed.has(seq));
  for (const { seq, entry, finish } of redone) {
    if (!audited.has(seq)) await audit.append({ ...entry, journal: seq });
    finish();
  }
  const isOver = (seq: number) => ended.has(seq) || audited.has(seq);
  await auditOperations(parts, records, { isOver, journaled: new Set(destinations.keys()) });
  crashPoint('recover:audited');
  log.info('recovered from the journal', { records: records.length, redone: redone.length });
  return redone.length;
}

function isEnd(body: unknown): boolean {
  return asJournalBody(body).kind === 'abort';
}

/**
 * A record that can not be done must not keep the daemon from starting: it is audited as failed and the journal is put
 * aside. A disk that can not be written is another matter: that has to be mended first.
 */
async function redoSafely(
  parts: RecoveryParts,
  record: JournalRecord,
  isAborted: boolean,
): Promise<Redone | null> {
  try {
    return await redoRecord(parts, record, isAborted);
  } catch (error) {
    if (isGitisoError(error) && error.code === 'storage-failed') throw error;
    parts.log.error('a record of the journal can not be done again', {
      seq: record.seq,
      isAborted,
      error: String(error),
    });
    if (isAborted) return null;
    parts.journal.keepRecovered();
    const body = asJournalBody(record.body);
    if (body.kind === 'commit')
      await parts.audit.append({
        ...commitEntry(body.request, body.request.old),
        time: body.time,
        verdict: 'failed',
        rule: 'recovery',
        journal: record.seq,
      });
    return null;
  }
}

function isOfDamaged(parts: RecoveryParts, { seq, body: unchecked }: JournalRecord): boolean {
  const body = asJournalBody(unchecked);
  if (body.kind === 'abort') return false;
  const repo = body.kind === 'commit' ? body.request.repo : body.repo;
  const isDamaged = parts.damaged.some((id) => id === repo);
  if (isDamaged) {
    const hint = 'the segment of the journal is kept: see docs/recovery.md';
    parts.log.error('a journaled change of a damaged repository can not be done again', { repo, seq, hint });
  }
  return isDamaged;
}

/** A clock that went back a little between the writes must not hide damage. */
const clockSlackMs = 3_600_000;

/** What was written since the last checkpoint may be damaged, whether the journal tells of it or not. */
async function dropDamage(parts: RecoveryParts, records: readonly JournalRecord[]): Promise<void> {
  // The lowest, not the first: the clock may have been set back in between.
  const times = records
    .map(({ body }) => asJournalBody(body))
    .flatMap((body) => (body.kind === 'abort' ? [] : [Date.parse(body.time)]));
  if (parts.durableAt !== null) times.push(parts.durableAt.getTime());
  if (times.length === 0) return;
  const since = new Date(times.reduce((least, time) => Math.min(least, time)) - clockSlackMs);
  for (const { id } of parts.repositories) {
    const dropped = await dropDamagedObjects(parts.repoGit(id), since);
    if (dropped > 0) parts.log.warn('removed objects that a power loss had damaged', { repo: id, dropped });
  }
}

/** Lines that were cut off are made again from the journal; that it happened is worth a line itself. */
async function auditDamage(audit: AuditLog): Promise<void> {
  if (audit.damaged.length === 0) return;
  await audit.append({
    agent: null,
    repo: null,
    method: 'audit.recover',
    argv: [...audit.damaged],
    refs: [],
    verdict: 'failed',
    rule: 'damaged-end',
    journal: null,
  });
}
