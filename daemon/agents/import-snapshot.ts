/**
 * Takes an agent's snapshot into the attic: the pack is staged and checked, and only then moved. Nothing that the
 * agent said is believed: git recomputes every hash.
 */
import { pipeline } from 'node:stream/promises';
import { GitisoError, isGitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import type { GitChild } from '../git/git-child';
import { boxAttempts } from '../git/host-git';
import { stageObjects, stageStream, type StagedObjects, type StagedPack } from '../git/stage-objects';
import { checkTrees } from '../policy/check-trees';
import type { StoreName } from '../stores';
import type { AgentContext } from './agent-context';
import type { SnapshotPack } from './snapshot-pack';
import type { SnapshotTrees } from './snapshot-record';

/**
 * The two trees are in the store, complete and durable when it resolves. Throws 'invalid-object' or
 * 'limit-exceeded' when the snapshot is not fit for it; then nothing of it is there.
 */
export async function importSnapshot(
  context: AgentContext,
  store: StoreName,
  snapshot: SnapshotTrees & { readonly pack: SnapshotPack },
  signal: AbortSignal,
): Promise<void> {
  const { limits } = context.config.current();
  const place = {
    git: context.git,
    gitDir: context.layout.storeGit(store),
    staging: context.layout.staging,
    // Nobody has to be able to commit it.
    blobBytes: limits.commitBytes,
    totalBytes: limits.commitBytes,
    isKept: true,
  };
  const { pack } = snapshot;
  const staged = Buffer.isBuffer(pack)
    ? await stageObjects(place, pack)
    : await stageParts({ ...place, signal }, pack);
  try {
    checkContents(staged, [snapshot.indexTree, snapshot.workTree], limits.pathDepth);
    await requireTrees(context, store, staged, snapshot);
    await staged.place();
  } finally {
    await staged.discard();
  }
}

type Staged = Pick<StagedObjects, 'objects'>;

/** Again when git could not begin, as `HostGit.run` does it. */
async function stageParts(
  place: Parameters<typeof stageStream>[0],
  parts: () => AsyncIterable<Buffer>,
): Promise<StagedPack> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await stageStream(place, (child) => feed(child, parts()));
    } catch (error) {
      if (!(isGitisoError(error) && error.code === 'worker-failed') || attempt === boxAttempts) throw error;
    }
  }
}

/** A git that ends early says why itself. */
async function feed(child: GitChild, parts: AsyncIterable<Buffer>): Promise<void> {
  await pipeline(parts, child.stdin).catch(async (error: unknown) => {
    if (isGitisoError(error)) child.fail(error);
    await child.ended;
  });
}

/** A snapshot is the agent's own work, kept for the agent: names that a commit may not have are no reason to lose it. */
function checkContents(staged: Staged, roots: readonly Oid[], pathDepth: number): void {
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
  staged: Staged,
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
