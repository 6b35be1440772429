/**
 * Takes an agent's snapshot into the attic: the pack is staged and checked, and only then moved. Nothing that the
 * agent said is believed: git recomputes every hash.
 */
import { GitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { stageObjects, type StagedObjects } from '../git/stage-objects';
import { checkTrees } from '../policy/check-trees';
import type { StoreName } from '../stores';
import type { AgentContext } from './agent-context';
import type { SnapshotTrees } from './snapshot-record';

/**
 * The two trees are in the store, complete and durable when it resolves. Throws 'invalid-object' or
 * 'limit-exceeded' when the snapshot is not fit for it; then nothing of it is there.
 */
export async function importSnapshot(
  context: AgentContext,
  store: StoreName,
  snapshot: SnapshotTrees & { readonly pack: Buffer },
): Promise<void> {
  const { limits } = context.config.current();
  const staged = await stageObjects(
    {
      git: context.git,
      gitDir: context.layout.storeGit(store),
      staging: context.layout.staging,
      blobBytes: limits.blobBytes,
      totalBytes: limits.commitBytes,
      isKept: true,
    },
    snapshot.pack,
  );
  try {
    checkContents(staged, [snapshot.indexTree, snapshot.workTree], limits.pathDepth);
    await requireTrees(context, store, staged, snapshot);
    await staged.place();
  } finally {
    await staged.discard();
  }
}

/** A snapshot is the agent's own work, kept for the agent: names that a commit may not have are no reason to lose it. */
function checkContents(staged: StagedObjects, roots: readonly Oid[], pathDepth: number): void {
  const trees = new Map<string, Buffer>();
  for (const [id, { type, content }] of staged.objects) {
    if (type === 'tree' && content !== null) trees.set(id, content);
  }
  const problem = checkTrees(trees, roots, { pathDepth, gitlinks: 'allow', nameProblem: () => null });
  if (problem !== null) throw unfit(problem);
}

async function requireTrees(
  context: AgentContext,
  store: StoreName,
  staged: StagedObjects,
  { indexTree, workTree }: SnapshotTrees,
): Promise<void> {
  const wanted = [...new Set([indexTree, workTree])].filter((id) => staged.objects.get(id)?.type !== 'tree');
  if (wanted.length === 0) return;
  const { stdout } = await context.git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    gitDir: context.layout.storeGit(store),
    stdin: wanted.map((id) => `${id}\n`).join(''),
    timeoutMs: 60_000,
    outputLimitBytes: 4096,
  });
  const expected = wanted.map((id) => `${id} tree\n`).join('');
  if (stdout.toString('latin1') !== expected) throw unfit('its trees are not there');
}

function unfit(reason: string): GitisoError {
  return new GitisoError('invalid-object', `the snapshot can not be kept: ${reason}`);
}
