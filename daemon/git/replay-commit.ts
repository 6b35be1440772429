/**
 * Does a journaled plan again after a crash. After a power loss a loose object may exist with a wrong or empty
 * content: what can not be read is removed first, so that writing it again is not skipped. Runs in a worker.
 */
import { unlink } from 'node:fs/promises';
import type { Oid } from '../../shared/ids';
import { createCommit, createCommitLookup, type CreatedCommit } from './create-commit';
import type { GitRepository, NodeGit } from './nodegit';
import { looseObjectPath } from './sync-loose-object';
import type { CommitPlan, Refusal } from './worker-protocol';

export async function replayCommit(
  git: NodeGit,
  repository: GitRepository,
  plan: CommitPlan,
): Promise<CreatedCommit | Refusal> {
  for (const blob of plan.blobs) await removeUnreadable(git, repository, plan.gitDirectory, blob.id);
  const first = await createCommit(git, repository, plan, createCommitLookup(git, repository));
  if (first.kind !== 'created') return first;
  const removed = await removeUnreadableBelow(git, repository, plan, first);
  return removed ? createCommit(git, repository, plan, createCommitLookup(git, repository)) : first;
}

/** Checks the commit and the trees on the way to every changed path. */
async function removeUnreadableBelow(
  git: NodeGit,
  repository: GitRepository,
  plan: CommitPlan,
  created: CreatedCommit,
): Promise<boolean> {
  let removed = await removeUnreadable(git, repository, plan.gitDirectory, created.commit);
  const seen = new Set<string>();
  for (const change of plan.changes) {
    const parts = Buffer.from(change.path, 'latin1').toString('utf8').split('/');
    let id = created.tree;
    for (const part of parts) {
      if (!seen.has(id)) {
        seen.add(id);
        removed = (await removeUnreadable(git, repository, plan.gitDirectory, id)) || removed;
      }
      const tree = await git.Tree.lookup(repository, git.Oid.fromString(id)).catch(() => null);
      const entry = tree?._entryByName(part);
      if (entry?.filemode() !== 0o040000) break;
      id = entry.id().tostrS() as Oid;
    }
  }
  return removed;
}

async function removeUnreadable(
  git: NodeGit,
  repository: GitRepository,
  gitDirectory: string,
  id: Oid,
): Promise<boolean> {
  const odb = await repository.odb();
  try {
    await odb.read(git.Oid.fromString(id));
    return false;
  } catch {
    return unlink(looseObjectPath(gitDirectory, id)).then(
      () => true,
      () => false,
    );
  }
}
