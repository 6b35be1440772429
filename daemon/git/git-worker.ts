/**
 * A git worker: a child process that holds nodegit and serves one request after another. It trusts its parent and
 * nobody else; it opens only the daemon's own repositories. It ends when the parent goes.
 */
import { armCrashPoints, crashPoint } from '../crash-points';
import type { Oid } from '../../shared/ids';
import { checkOffered } from './check-offered';
import { createCommit } from './create-commit';
import { importBlobs } from './import-blobs';
import { lockRefs, readRef, orRelease, release, swapRefs, type LockedRefs } from './lock-refs';
import { loadNodeGit, type NodeGit } from './nodegit';
import { openRepository } from './open-repository';
import { readCommit } from './read-commit';
import { syncLooseObject } from './sync-loose-object';
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

interface Held extends LockedRefs {
  /** Reads ahead what the next commit of the branch will want. */
  readonly readAhead?: () => Promise<unknown>;
}

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
        abbreviated: await open.abbreviate(created.commit),
      };
    }
    case 'restoreLoose':
      return (await writeLoose(git, request.gitDirectory, request.files)) ?? { kind: 'done' };
    case 'exists': {
      const { odb } = await openRepository(git, request.gitDirectory);
      return { missing: request.ids.filter((id) => odb.existsExt(git.Oid.fromString(id), 0) === 0) };
    }
    case 'look': {
      const open = await openRepository(git, request.gitDirectory);
      const values: (Oid | null)[] = [];
      for (const ref of request.refs) values.push(await readRef(git, open, ref));
      const types = await open.readTypes(request.ids);
      const { offered, limits } = request;
      const isNeeded = offered.length > 0 && types.includes(null);
      const checked = isNeeded ? await checkOffered(git, open.repository, offered, limits) : null;
      return { values, types, checked };
    }
    case 'readRef':
      return {
        current: await readRef(git, await openRepository(git, request.gitDirectory), request.ref),
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
    lockRefs(git, open, [update]).catch((error: unknown) => ({ kind: 'thrown' as const, error })),
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
  const abbreviated = await orRelease(lock.transaction, open.abbreviate(created.commit));
  const transaction = keep(id, {
    transaction: lock.transaction,
    updates: [{ ...update, new: created.commit }],
    readAhead: () => Promise.all([open.makeAhead(), open.lookup.tree(created.commit)]),
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
  const open = await openRepository(git, gitDirectory);
  for (const update of updates) {
    if (update.old !== zeroOid || update.new === zeroOid) continue;
    const conflict = open.refs.conflicting(update.ref);
    if (conflict !== null)
      return {
        kind: 'invalid',
        rule: 'ref-conflict',
        reason: `${update.ref} can not exist beside ${conflict}`,
      } satisfies Refusal;
  }
  // A ref that names nothing makes git refuse the whole repository: never, whoever asks for it.
  const dangling = updates.find(
    ({ new: id }) => id !== zeroOid && open.odb.existsExt(git.Oid.fromString(id), 0) === 0,
  );
  if (dangling !== undefined)
    return { kind: 'invalid', rule: 'object-missing', reason: `object ${dangling.new} is not there` };
  const lock = await lockRefs(git, open, updates);
  crashPoint('worker:locked');
  return 'kind' in lock
    ? lock
    : { kind: 'prepared', transaction: keep(id, { ...lock, readAhead: open.makeAhead }) };
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
