/**
 * A git worker: a child process that holds nodegit and serves one request after another. It trusts its parent and
 * nobody else; it opens only the daemon's own repositories. It ends when the parent goes.
 */
import { armCrashPoints, crashPoint } from '../crash-points';
import type { Oid } from '../../shared/ids';
import { statSync } from 'node:fs';
import { abbreviationLength } from './abbreviate';
import { checkOffered } from './check-offered';
import { createCommit, createCommitLookup, type CommitLookup } from './create-commit';
import { importBlobs } from './import-blobs';
import { lockRefs, readRef, orRelease, release, swapRefs, type LockedRefs } from './lock-refs';
import { loadNodeGit, type GitRepository, type NodeGit } from './nodegit';
import { readCommit } from './read-commit';
import { readTypes } from './read-object';
import { syncLooseObject } from './sync-loose-object';
import { conflictingRef } from './ref-conflicts';
import type { RefUpdate } from './ref-updates';
import type {
  CommitPlan,
  FromWorker,
  Refusal,
  ToWorker,
  WorkerRequest,
  WorkerResults,
} from './worker-protocol';
import { zeroOid } from '../../shared/ids';
import { writeLoose } from './write-loose';

interface OpenRepository {
  /** Inode of the directory: a removed repository may come back under the same path. */
  readonly inode: number;
  readonly repository: GitRepository;
  readonly lookup: CommitLookup;
  abbreviation: number;
  abbreviationAt: number;
}

const abbreviationMaxAgeMs = 10_000;

interface Held extends LockedRefs {
  /** Reads ahead what the next commit of the branch will want. */
  readonly readAhead?: () => Promise<unknown>;
}

const repositories = new Map<string, Promise<OpenRepository>>();
const locked = new Map<number, Held>();
const loading = loadNodeGit();
armCrashPoints(process.env['GITISO_TEST_CRASH_POINTS'], 'worker', process.ppid);

process.on('message', (message: ToWorker) => {
  void answer(message);
});
process.on('disconnect', () => process.exit(0));

async function answer({ id, request }: ToWorker): Promise<void> {
  let reply: FromWorker;
  try {
    reply = { id, result: await serve(await loading, request, id) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    reply = { id, error: String(error), code: typeof code === 'string' ? code : null };
  }
  // A swap that failed half-way leaves locks that only the end of this process gives back.
  const isStuck = 'error' in reply && request.op === 'settle';
  process.send?.(reply, undefined, undefined, () => {
    if (isStuck) process.exit(1);
  });
}

async function serve(
  git: NodeGit,
  request: WorkerRequest,
  id: number,
): Promise<WorkerResults[WorkerRequest['op']]> {
  switch (request.op) {
    case 'import': {
      const { repository } = await openRepository(git, request.gitDirectory);
      const refusal = await importBlobs(git, repository, request.blobs, request);
      if (refusal !== null) return refusal;
      for (const blob of request.blobs) await syncLooseObject(request.gitDirectory, blob.id);
      return { kind: 'done' };
    }
    case 'prepareCommit':
      return prepareCommit(git, request.plan, id);
    case 'prepareRefs':
      return prepareRefs(git, request, id);
    case 'settle':
      return settle(git, request.transaction, request.commit);
    case 'rebuildCommit': {
      const open = await openRepository(git, request.plan.gitDirectory);
      const created = await createCommit(git, open.repository, request.plan, open.lookup);
      if (created.kind !== 'created') return created;
      return {
        ...created,
        kind: 'rebuilt',
        abbreviated: await abbreviate(open, request.plan.gitDirectory, created.commit),
      };
    }
    case 'restoreLoose':
      return (await writeLoose(git, request.gitDirectory, request.files)) ?? { kind: 'done' };
    case 'exists': {
      const odb = await (await openRepository(git, request.gitDirectory)).repository.odb();
      return { missing: request.ids.filter((id) => odb.existsExt(git.Oid.fromString(id), 0) === 0) };
    }
    case 'look': {
      const { repository } = await openRepository(git, request.gitDirectory);
      const values: (Oid | null)[] = [];
      for (const ref of request.refs) values.push(await readRef(git, repository, ref));
      const types = await readTypes(git, repository, request.ids);
      const { offered, limits } = request;
      const isNeeded = offered.length > 0 && types.includes(null);
      const checked = isNeeded ? await checkOffered(git, repository, offered, limits) : null;
      return { values, types, checked };
    }
    case 'readRef':
      return {
        current: await readRef(
          git,
          (await openRepository(git, request.gitDirectory)).repository,
          request.ref,
        ),
      };
    case 'readCommit':
      return readCommit(git, (await openRepository(git, request.gitDirectory)).repository, request.commit);
  }
}

async function prepareCommit(
  git: NodeGit,
  plan: CommitPlan,
  id: number,
): Promise<WorkerResults['prepareCommit']> {
  const open = await openRepository(git, plan.gitDirectory);
  const update: RefUpdate = { ref: plan.ref, old: plan.old, new: plan.old };
  const [created, lock] = await Promise.all([
    createCommit(git, open.repository, plan, open.lookup).catch((error: unknown) => ({
      kind: 'thrown' as const,
      error,
    })),
    lockRefs(git, open.repository, [update]).catch((error: unknown) => ({ kind: 'thrown' as const, error })),
  ]);
  crashPoint('worker:locked');
  const isLocked = !('kind' in lock);
  if (created.kind !== 'created') {
    if (isLocked) await release(lock.transaction);
    if (created.kind === 'thrown') throw created.error;
    return created;
  }
  if (!isLocked) {
    if (lock.kind === 'thrown') throw lock.error;
    return lock;
  }
  // Before the lock is kept: what is answered with an error is never settled.
  const abbreviated = await orRelease(lock.transaction, abbreviate(open, plan.gitDirectory, created.commit));
  const transaction = keep(id, {
    transaction: lock.transaction,
    updates: [{ ...update, new: created.commit }],
    readAhead: () => open.lookup.tree(created.commit),
  });
  return { ...created, kind: 'prepared', transaction, abbreviated };
}

async function prepareRefs(
  git: NodeGit,
  { gitDirectory, updates, files = [] }: Extract<WorkerRequest, { op: 'prepareRefs' }>,
  id: number,
): Promise<WorkerResults['prepareRefs']> {
  const refusal = await writeLoose(git, gitDirectory, files);
  if (refusal !== null) return refusal;
  for (const update of updates) {
    if (update.old !== zeroOid || update.new === zeroOid) continue;
    const conflict = await conflictingRef(gitDirectory, update.ref);
    if (conflict !== null)
      return {
        kind: 'invalid',
        rule: 'ref-conflict',
        reason: `${update.ref} can not exist beside ${conflict}`,
      } satisfies Refusal;
  }
  const { repository } = await openRepository(git, gitDirectory);
  // A ref that names nothing makes git refuse the whole repository: never, whoever asks for it.
  const odb = await repository.odb();
  const dangling = updates.find(
    ({ new: id }) => id !== zeroOid && odb.existsExt(git.Oid.fromString(id), 0) === 0,
  );
  if (dangling !== undefined)
    return { kind: 'invalid', rule: 'object-missing', reason: `object ${dangling.new} is not there` };
  const lock = await lockRefs(git, repository, updates);
  crashPoint('worker:locked');
  return 'kind' in lock ? lock : { kind: 'prepared', transaction: keep(id, lock) };
}

/** A transaction has the number of its request, which no other request to any worker has. */
function keep(id: number, lock: Held): number {
  locked.set(id, lock);
  return id;
}

async function settle(git: NodeGit, transaction: number, commit: boolean): Promise<{ kind: 'done' }> {
  const lock = locked.get(transaction);
  if (lock === undefined) throw new Error(`no transaction ${String(transaction)}`);
  locked.delete(transaction);
  if (commit) {
    crashPoint('worker:swapping');
    await swapRefs(git, lock);
    crashPoint('worker:swapped');
    setImmediate(() => void lock.readAhead?.().catch(() => undefined));
  } else {
    await release(lock.transaction);
  }
  return { kind: 'done' };
}

async function openRepository(git: NodeGit, gitDirectory: string): Promise<OpenRepository> {
  const { ino: inode } = statSync(gitDirectory);
  const known = await repositories.get(gitDirectory);
  if (known?.inode === inode) return known;
  const opening = git.Repository.openBare(gitDirectory).then((repository) => ({
    inode,
    repository,
    lookup: createCommitLookup(git, repository),
    abbreviation: 0,
    abbreviationAt: -Infinity,
  }));
  repositories.set(gitDirectory, opening);
  opening.catch(() => repositories.delete(gitDirectory));
  return opening;
}

async function abbreviate(open: OpenRepository, gitDirectory: string, id: Oid): Promise<string> {
  if (performance.now() - open.abbreviationAt > abbreviationMaxAgeMs) {
    open.abbreviationAt = performance.now();
    open.abbreviation = await abbreviationLength(gitDirectory);
  }
  return id.slice(0, open.abbreviation);
}
