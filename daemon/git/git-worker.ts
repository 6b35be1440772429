/**
 * A git worker: a child process that holds nodegit and serves one request after another. It trusts its parent and
 * nobody else; it opens only the daemon's own repositories. It ends when the parent goes.
 */
import type { Oid } from '../../shared/ids';
import { abbreviationLength } from './abbreviate';
import { createCommit, createCommitLookup, type CommitLookup } from './create-commit';
import { importBlobs } from './import-blobs';
import { lockRefs, readRef, release, swapRefs, type LockedRefs } from './lock-refs';
import { loadNodeGit, type GitRepository, type NodeGit } from './nodegit';
import { readCommit } from './read-commit';
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

interface OpenRepository {
  readonly repository: GitRepository;
  readonly lookup: CommitLookup;
  abbreviation: number;
  abbreviationAt: number;
}

const abbreviationMaxAgeMs = 10_000;

const repositories = new Map<string, Promise<OpenRepository>>();
interface Held extends LockedRefs {
  /** Reads ahead what the next commit of the branch will want. */
  readonly readAhead?: () => Promise<unknown>;
}

const locked = new Map<number, Held>();
let transactions = 0;
const loading = loadNodeGit();

process.on('message', (message: ToWorker) => {
  void answer(message);
});
process.on('disconnect', () => process.exit(0));

async function answer({ id, request }: ToWorker): Promise<void> {
  let reply: FromWorker;
  try {
    reply = { id, result: await serve(await loading, request) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    reply = { id, error: String(error), code: typeof code === 'string' ? code : null };
  }
  process.send?.(reply);
}

async function serve(git: NodeGit, request: WorkerRequest): Promise<WorkerResults[WorkerRequest['op']]> {
  switch (request.op) {
    case 'import': {
      const { repository } = await openRepository(git, request.gitDirectory);
      return (await importBlobs(git, repository, request.blobs, request)) ?? { kind: 'done' };
    }
    case 'prepareCommit':
      return prepareCommit(git, request.plan);
    case 'prepareRefs':
      return prepareRefs(git, request.gitDirectory, request.updates);
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
    case 'exists': {
      const odb = await (await openRepository(git, request.gitDirectory)).repository.odb();
      return { missing: request.ids.filter((id) => odb.existsExt(git.Oid.fromString(id), 0) === 0) };
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

async function prepareCommit(git: NodeGit, plan: CommitPlan): Promise<WorkerResults['prepareCommit']> {
  const open = await openRepository(git, plan.gitDirectory);
  const update: RefUpdate = { ref: plan.ref, old: plan.old, new: plan.old };
  const [created, lock] = await Promise.all([
    createCommit(git, open.repository, plan, open.lookup).catch((error: unknown) => ({
      kind: 'thrown' as const,
      error,
    })),
    lockRefs(git, open.repository, [update]).catch((error: unknown) => ({ kind: 'thrown' as const, error })),
  ]);
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
  const transaction = keep({
    transaction: lock.transaction,
    updates: [{ ...update, new: created.commit }],
    readAhead: () => open.lookup.tree(created.commit),
  });
  return {
    ...created,
    kind: 'prepared',
    transaction,
    abbreviated: await abbreviate(open, plan.gitDirectory, created.commit),
  };
}

async function prepareRefs(
  git: NodeGit,
  gitDirectory: string,
  updates: readonly RefUpdate[],
): Promise<WorkerResults['prepareRefs']> {
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
  const lock = await lockRefs(git, repository, updates);
  return 'kind' in lock ? lock : { kind: 'prepared', transaction: keep(lock) };
}

function keep(lock: Held): number {
  transactions += 1;
  locked.set(transactions, lock);
  return transactions;
}

async function settle(git: NodeGit, transaction: number, commit: boolean): Promise<{ kind: 'done' }> {
  const lock = locked.get(transaction);
  if (lock === undefined) throw new Error(`no transaction ${String(transaction)}`);
  locked.delete(transaction);
  if (commit) {
    await swapRefs(git, lock);
    setImmediate(() => void lock.readAhead?.().catch(() => undefined));
  } else {
    await release(lock.transaction);
  }
  return { kind: 'done' };
}

function openRepository(git: NodeGit, gitDirectory: string): Promise<OpenRepository> {
  const known = repositories.get(gitDirectory);
  if (known !== undefined) return known;
  const opening = git.Repository.openBare(gitDirectory).then((repository) => ({
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
