/**
 * Objects of a commit: blobs, trees, the commit itself. Deterministic: the same plan gives the same id, which is
 * what makes replay after a crash possible. Moves no ref. Runs in a worker.
 */
import type { Oid } from '../../shared/ids';
import { buildTree } from './build-tree';
import type { Signature } from './commit-engine';
import { importBlobs } from './import-blobs';
import { keepNewest } from './keep-newest';
import type { GitCommit, GitRepository, GitSignature, GitTree, NodeGit } from './nodegit';
import type { CommitPlan, Refusal } from './worker-protocol';
import { isUtf8Message, writeCommitObject } from './write-commit-object';

export type CreatedCommit = { readonly kind: 'created'; readonly commit: Oid; readonly tree: Oid };

export async function createCommit(
  git: NodeGit,
  repository: GitRepository,
  plan: CommitPlan,
  lookup: CommitLookup,
): Promise<CreatedCommit | Refusal> {
  const [refusal, base, parents] = await Promise.all([
    importBlobs(git, repository, plan.blobs, plan),
    plan.base === null ? null : lookup.tree(plan.base),
    Promise.all(plan.parents.map((parent) => lookup.commit(parent))),
  ]);
  if (refusal !== null) return refusal;
  const absent = await absentBlob(git, repository, plan);
  if (absent !== null)
    return { kind: 'invalid', rule: 'object-missing', reason: `object ${absent} is not in the repository` };

  const built = await buildTree(git, repository, base, plan.changes);
  if (built.kind !== 'tree') return built;
  const treeId = built.id ?? (await (await git.Treebuilder.create(repository, null)).write());
  const tree = treeId.tostrS() as Oid;
  if (!isUtf8Message(plan.message))
    return { kind: 'created', commit: await writeCommitObject(plan, tree), tree };
  const commit = await git.Commit.create(
    repository,
    null,
    signature(git, plan.author),
    signature(git, plan.committer),
    plan.encoding,
    Buffer.from(plan.message, 'latin1').toString('utf8'),
    await git.Tree.lookup(repository, treeId),
    parents.length,
    parents,
  );
  return { kind: 'created', commit: commit.tostrS() as Oid, tree };
}

/** Parents and base trees; the newest are kept, since the next commit of a branch wants the last one. */
export interface CommitLookup {
  readonly commit: (id: Oid) => Promise<GitCommit>;
  readonly tree: (id: Oid) => Promise<GitTree>;
}

const remembered = 64;

export function createCommitLookup(git: NodeGit, repository: GitRepository): CommitLookup {
  const commits = new Map<Oid, Promise<GitCommit>>();
  const trees = new Map<Oid, Promise<GitTree>>();
  const commit = (id: Oid): Promise<GitCommit> =>
    recall(commits, id, () => git.Commit.lookup(repository, git.Oid.fromString(id)));
  return {
    commit,
    tree: (id) => recall(trees, id, async () => git.Tree.lookup(repository, (await commit(id)).treeId())),
  };
}

async function recall<T>(cache: Map<Oid, Promise<T>>, id: Oid, load: () => Promise<T>): Promise<T> {
  const value = cache.get(id) ?? load();
  keepNewest(cache, id, value, remembered);
  try {
    return await value;
  } catch (error) {
    cache.delete(id);
    throw error;
  }
}

async function absentBlob(git: NodeGit, repository: GitRepository, plan: CommitPlan): Promise<Oid | null> {
  const offered = new Set(plan.blobs.map((blob) => blob.id));
  const wanted = plan.changes.flatMap((change) =>
    change.kind === 'put' && change.mode !== '160000' && !offered.has(change.id) ? [change.id] : [],
  );
  if (wanted.length === 0) return null;
  const odb = await repository.odb();
  return wanted.find((id) => odb.existsExt(git.Oid.fromString(id), 0) === 0) ?? null;
}

function signature(git: NodeGit, from: Signature): GitSignature {
  return git.Signature.create(from.name, from.email, from.time, from.offset);
}
