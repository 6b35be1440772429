/**
 * Start-up after a crash: everything the journal accepted is done again, exactly once. Runs before the first request,
 * when the daemon is the only one that writes. Needs no hand.
 */
import { readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { zeroOid, type Oid, type RefName, type RepoId } from '../../shared/ids';
import type { AuditEntry, AuditLog } from '../audit/audit-log';
import type { Journal } from '../journal/journal';
import type { JournalRecord } from '../journal/journal-record';
import type { Logger } from '../log';
import type { AnswerMemory } from './answer-memory';
import type { OfferedBlob } from './commit-engine';
import { commitEntry, journalBlobBytes } from './create-commit-engine';
import { dropDamagedObjects } from './drop-damaged-objects';
import type { JournalBody } from './journal-body';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';

export interface RecoveryParts {
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly workers: WorkerPool;
  readonly answers: AnswerMemory;
  readonly repoGit: (repo: RepoId) => string;
  readonly repositories: readonly RepoId[];
  readonly blobLimitBytes: number;
  readonly log: Logger;
}

interface Redone {
  readonly seq: number;
  readonly gitDirectory: string;
  readonly updates: readonly RefUpdate[];
  readonly entry: AuditEntry;
}

/** Returns the number of records that were done again. */
export async function recover(parts: RecoveryParts): Promise<number> {
  for (const repo of parts.repositories) await removeStaleLocks(parts.repoGit(repo), parts.log);
  const records = parts.journal.recovered;
  const first = records[0];
  if (first === undefined) return 0;

  const aborted = new Set(
    records.flatMap(({ body }) => (asBody(body).kind === 'abort' ? [(body as { seq: number }).seq] : [])),
  );
  await dropDamage(parts, records);
  const redone: Redone[] = [];
  for (const record of records) {
    const one = await redo(parts, record, aborted.has(record.seq));
    if (one !== null) redone.push(one);
  }
  await moveToLast(parts, redone);
  const audited = await parts.audit.settledSince(first.seq);
  for (const { seq, entry } of redone)
    if (!audited.has(seq)) await parts.audit.append({ ...entry, journal: seq });
  parts.log.info('recovered from the journal', { records: records.length, redone: redone.length });
  return redone.length;
}

async function redo(parts: RecoveryParts, record: JournalRecord, isAborted: boolean): Promise<Redone | null> {
  const body = asBody(record.body);
  if (body.kind === 'abort') return null;
  const repo = (body.kind === 'commit' ? body.request.repo : body.repo) as RepoId;
  const gitDirectory = parts.repoGit(repo);
  if (!parts.repositories.includes(repo)) {
    parts.log.warn('a journaled change of a repository that is gone', { repo, seq: record.seq });
    return null;
  }
  if (body.kind === 'refs') {
    if (isAborted) return null;
    const { updates, agent, method, argv, time } = body;
    const refs = updates.map(({ ref, old, new: target }) => ({ ref, old, new: target }));
    return {
      seq: record.seq,
      gitDirectory,
      updates,
      entry: {
        time,
        agent,
        repo,
        method,
        argv: [...argv],
        refs,
        verdict: 'accepted',
        rule: null,
        journal: null,
      },
    };
  }

  const blobs: OfferedBlob[] = body.blobs.map(({ id, form }, index) => ({
    id,
    form,
    bytes: record.blobs[index] ?? Buffer.alloc(0),
  }));
  const limits = { gitDirectory, blobLimitBytes: parts.blobLimitBytes, syncAboveBytes: journalBlobBytes };
  if (isAborted) {
    // Later commits may use what an aborted one brought in.
    await parts.workers.run(gitDirectory, { op: 'import', blobs, ...limits });
    return null;
  }
  const result = await parts.workers.run(gitDirectory, {
    op: 'rebuildCommit',
    plan: { ...body.request, ...limits, blobs },
  });
  if (result.kind !== 'rebuilt') {
    parts.log.warn('a journaled commit was refused and had no abort mark', { seq: record.seq });
    return null;
  }
  const { request } = body;
  const { commit, tree, abbreviated } = result;
  parts.answers.set(request.agent, request.key, { kind: 'committed', commit, tree, abbreviated });
  const update: RefUpdate = { ref: request.ref, old: request.old, new: commit };
  return {
    seq: record.seq,
    gitDirectory,
    updates: [update],
    entry: { ...commitEntry(request, commit), time: body.time },
  };
}

/** A clock that went back a little between the writes must not hide damage. */
const clockSlackMs = 3_600_000;

async function dropDamage(parts: RecoveryParts, records: readonly JournalRecord[]): Promise<void> {
  const oldest = records.map(({ body }) => asBody(body)).find((body) => body.kind !== 'abort');
  if (oldest === undefined) return;
  const since = new Date(Date.parse(oldest.time) - clockSlackMs);
  for (const repo of parts.repositories) {
    const dropped = await dropDamagedObjects(parts.repoGit(repo), since);
    if (dropped > 0) parts.log.warn('removed objects that a power loss had damaged', { repo, dropped });
  }
}

/**
 * Every ref goes to the last value the journal gave it, from any of the values it had on the way. A ref that was moved
 * to something else by hand afterwards stays.
 */
async function moveToLast(parts: RecoveryParts, redone: readonly Redone[]): Promise<void> {
  const refs = new Map<string, { gitDirectory: string; ref: RefName; values: Set<Oid>; last: Oid }>();
  for (const { gitDirectory, updates } of redone) {
    for (const update of updates) {
      const key = `${gitDirectory} ${update.ref}`;
      const known = refs.get(key) ?? {
        gitDirectory,
        ref: update.ref,
        values: new Set<Oid>(),
        last: update.new,
      };
      known.values.add(update.old).add(update.new);
      refs.set(key, { ...known, last: update.new });
    }
  }
  for (const { gitDirectory, ref, values, last } of refs.values()) {
    const current = await readOrDrop(parts, gitDirectory, ref);
    if (current === last) continue;
    if (!values.has(current)) {
      parts.log.warn('a ref was moved by someone else after a crash, left alone', {
        ref,
        current,
        journal: last,
      });
      continue;
    }
    const updates = [{ ref, old: current, new: last }];
    const prepared = await parts.workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates });
    if (prepared.kind !== 'prepared') throw new Error(`recovery could not lock ${ref}`);
    await parts.workers.run(gitDirectory, { op: 'settle', transaction: prepared.transaction, commit: true });
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

function asBody(body: unknown): JournalBody {
  const value = body as JournalBody;
  if (value.kind !== 'abort' && (value.version as number) !== 1)
    throw new Error(`the journal was written by a newer gitiso (record version ${String(value.version)})`);
  return value;
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
