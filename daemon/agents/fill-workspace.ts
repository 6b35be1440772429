/** Fills a new agent's work tree and index, by the container's own git as the agent: the host checks nothing out. */
import { GitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { AgentContext } from './agent-context';
import type { ContainerGitResult } from './container-git';
import type { AgentLink } from './links';
import { bringPack, type SnapshotPack } from './snapshot-pack';
import { stashName, type Snapshot } from './snapshot-record';

/** A check-out of a very large repository on a busy machine still has to fit. */
const timeoutMs = 1_800_000;
const outputLimitBytes = 65_536;

/** Checks out the branch; `branch` null: it is unborn and the work tree stays empty. */
export async function checkOutBranch(
  context: AgentContext,
  link: AgentLink,
  branch: Oid | null,
): Promise<void> {
  await showRefs(context, link);
  if (branch !== null) await mustRun(context, link, ['read-tree', '--reset', '-u', branch]);
}

/** Branch and tracking refs are what they are now, not what they were when the container started. */
async function showRefs(context: AgentContext, link: AgentLink): Promise<void> {
  const unlink = [`${containerPaths.gitdir}/gitiso/refs-stamp`];
  await link.peer.request('shim.files', { append: [], write: [], rename: [], unlink }, { timeoutMs });
  // The shim brings its view up to date before any git.
  await mustRun(context, link, ['version'], containerPaths.shim);
}

/**
 * Brings back a snapshot: all files as they were, then the index as it was, so that staged, unstaged and untracked
 * work is told apart again; then HEAD, if it was not on the agent's branch.
 */
export async function fillFromSnapshot(
  context: AgentContext,
  link: AgentLink,
  snapshot: Snapshot,
  pack: SnapshotPack,
  signal: AbortSignal,
): Promise<void> {
  await showRefs(context, link);
  // Its objects lie in the attic, where no container sees them.
  await bringPack(context, link, pack, signal);
  await mustRun(context, link, ['read-tree', '--reset', '-u', snapshot.workTree]);
  await mustRun(context, link, ['read-tree', '-m', snapshot.indexTree]);
  // Exit code 1 only says that some files differ from the index.
  await context.containerGit.run(link, ['update-index', '-q', '--refresh'], { timeoutMs, outputLimitBytes });
  await restorePrivateRefs(context, link, snapshot.privateRefs);
  const { head } = snapshot;
  if (head.kind === 'ref') await mustRun(context, link, ['symbolic-ref', 'HEAD', head.ref]);
  if (head.kind === 'detached')
    await mustRun(context, link, ['update-ref', '--no-deref', 'HEAD', head.commit]);
}

/** The oldest entry of the stash first: each pushes the others down. */
async function restorePrivateRefs(
  context: AgentContext,
  link: AgentLink,
  refs: Snapshot['privateRefs'],
): Promise<void> {
  for (const { name, commit } of [...refs].reverse()) {
    const args = stashName.test(name)
      ? ['stash', 'store', '-q', '-m', 'restored from a snapshot', commit]
      : ['update-ref', name, commit];
    await mustRun(context, link, args);
  }
}

async function mustRun(
  context: AgentContext,
  link: AgentLink,
  args: readonly string[],
  program?: string,
): Promise<void> {
  // The index has to survive a power loss: without it git can do nothing in the work tree.
  const durable = ['-c', 'core.fsync=committed,index', ...args];
  const result = await context.containerGit.run(link, durable, {
    timeoutMs,
    outputLimitBytes,
    ...(program === undefined ? {} : { program }),
  });
  if (result.exitCode !== 0) throw failed(args, result);
}

function failed(args: readonly string[], { exitCode, stderr }: ContainerGitResult): GitisoError {
  return new GitisoError(
    'agent-create-failed',
    `git ${args[0] ?? ''} in the container failed: ${stderr.slice(0, 400)}`,
    { details: { exitCode } },
  );
}
