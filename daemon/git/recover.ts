/**
 * Start-up after a crash: everything the journal accepted is done again, exactly once. Runs before the first request,
 * when the daemon is the only one that writes. Needs no hand.
 */
import { readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isGitisoError } from '../../shared/errors';
import { zeroOid, type Oid, type RefName, type RepoId } from '../../shared/ids';
import type { AuditLog } from '../audit/audit-log';
import type { Journal } from '../journal/journal';
import type { JournalRecord } from '../journal/journal-record';
import type { Logger } from '../log';
import { commitEntry } from './create-commit-engine';
import { dropDamagedObjects } from './drop-damaged-objects';
import { asJournalBody } from './journal-body';
import { redoRecord, type RedoParts, type Redone } from './redo-record';

export interface RecoveryParts extends RedoParts {
  readonly journal: Journal;
  readonly audit: AuditLog;
  /** Repositories that are there and can not be used now: what the journal has for them is kept. */
  readonly damaged: readonly RepoId[];
}

/** Returns the number of records that were done again. */
export async function recover(parts: RecoveryParts): Promise<number> {
  for (const repo of parts.repositories) await removeStaleLocks(parts.repoGit(repo), parts.log);
  const records = parts.journal.recovered;
  const first = records[0];
  if (first === undefined) return 0;

  const aborted = new Set(
    records.flatMap(({ body }) =>
      asJournalBody(body).kind === 'abort' ? [(body as { seq: number }).seq] : [],
    ),
  );
  await dropDamage(parts, records);
  if (records.some((record) => isOfDamaged(parts, record))) parts.journal.keepRecovered();
  const chains = new Map<string, Chain>();
  const redone: Redone[] = [];
  for (const record of records) {
    const one = await redoSafely(parts, record, aborted.has(record.seq));
    if (one !== null && joinChains(chains, one)) redone.push(one);
  }
  await moveToLast(parts, [...chains.values()]);
  const audited = await parts.audit.settledSince(first.seq);
  for (const { seq, entry, remember } of redone) {
    if (!audited.has(seq)) await parts.audit.append({ ...entry, journal: seq });
    remember();
  }
  parts.log.info('recovered from the journal', { records: records.length, redone: redone.length });
  return redone.length;
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

/** The values of a ref in the journal, oldest first. */
interface Chain {
  readonly gitDirectory: string;
  readonly ref: RefName;
  readonly values: Oid[];
}

/**
 * Moves of one ref take turns, so each starts where the last one ended. One that starts at an older value was refused,
 * and the daemon died before it could write the abort mark. (A start nobody knows: someone moved the ref by hand.)
 */
function joinChains(chains: Map<string, Chain>, { gitDirectory, updates }: Redone): boolean {
  const keyed = updates.map((update) => ({ update, key: `${gitDirectory} ${update.ref}` }));
  const isStale = keyed.some(({ update, key }) => {
    const values = chains.get(key)?.values ?? [];
    return values.at(-1) !== update.old && values.includes(update.old);
  });
  if (isStale) return false;
  for (const { update, key } of keyed) {
    const chain = chains.get(key) ?? { gitDirectory, ref: update.ref, values: [update.old] };
    chain.values.push(update.new);
    chains.set(key, chain);
  }
  return true;
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

async function dropDamage(parts: RecoveryParts, records: readonly JournalRecord[]): Promise<void> {
  // The lowest, not the first: the clock may have been set back in between.
  const times = records.flatMap(({ body: unchecked }) => {
    const body = asJournalBody(unchecked);
    return body.kind === 'abort' ? [] : [Date.parse(body.time)];
  });
  if (times.length === 0) return;
  const since = new Date(times.reduce((least, time) => Math.min(least, time)) - clockSlackMs);
  for (const repo of parts.repositories) {
    const dropped = await dropDamagedObjects(parts.repoGit(repo), since);
    if (dropped > 0) parts.log.warn('removed objects that a power loss had damaged', { repo, dropped });
  }
}

/**
 * Every ref goes to the last value the journal gave it, from any of the values it had on the way. A ref that was moved
 * to something else by hand afterwards stays.
 */
async function moveToLast(parts: RecoveryParts, chains: readonly Chain[]): Promise<void> {
  // Deletions first: a branch may lie where another one was.
  const ordered = [...chains].sort(
    (a, b) => Number(b.values.at(-1) === zeroOid) - Number(a.values.at(-1) === zeroOid),
  );
  for (const { gitDirectory, ref, values } of ordered) {
    const last = values.at(-1) ?? zeroOid;
    const current = await readOrDrop(parts, gitDirectory, ref);
    if (current === last) continue;
    if (!values.includes(current)) {
      parts.log.warn('a ref was moved by someone else after a crash, left alone', {
        ref,
        current,
        journal: last,
      });
      continue;
    }
    const updates = [{ ref, old: current, new: last }];
    const prepared = await parts.workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates });
    if (prepared.kind === 'prepared')
      await parts.workers.run(gitDirectory, {
        op: 'settle',
        transaction: prepared.transaction,
        commit: true,
      });
    else parts.log.error('recovery could not move a ref', { ref, current, journal: last });
  }
}

/** A loose ref file that a power loss left empty is no value at all. */
async function readOrDrop(parts: RecoveryParts, gitDirectory: string, ref: RefName): Promise<Oid> {
  const read = () => parts.workers.run(gitDirectory, { op: 'readRef', gitDirectory, ref });
  const { current } = await read().catch(async () => {
    await rm(join(gitDirectory, ref), { force: true });
    return read();
  });
  return current ?? zeroOid;
}

/** The daemon alone writes here, so at start every lock below refs/ (and of packed-refs) belongs to a dead process. */
async function removeStaleLocks(gitDirectory: string, log: Logger): Promise<void> {
  const names = await readdir(join(gitDirectory, 'refs'), { recursive: true }).catch(() => []);
  const locks = names.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name));
  for (const lock of [...locks, 'packed-refs.lock', 'packed-refs.new', 'HEAD.lock']) {
    const removed = await unlink(join(gitDirectory, lock)).then(
      () => true,
      () => false,
    );
    if (removed) log.info('removed a stale lock', { lock });
  }
}
