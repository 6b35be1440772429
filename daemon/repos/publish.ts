/**
 * Shows agents' branches in the user's clone as ordinary refs: objects first, then a compare-and-swap of each ref.
 * Never moves a branch that is checked out there, never one that the user made or changed, runs no hook.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zeroOid, type Oid } from '../../shared/ids';
import { readJson } from '../durable-file';
import { checkedOutBranches } from './clone-view';
import { listRefs, localLimits, moveRefs, type GitPlace, type RefMap, type RefMove } from './git-refs';
import type { RepoContext } from './repo-context';
import type { RepoRecord } from './repo-registry';
import { transferObjects } from './transfer-objects';
import { openClone, ownedBranches } from './update-repository';

export interface PublishResult {
  readonly published: readonly RefMove[];
  /** Branches that stay behind, with the reason for people. */
  readonly kept: readonly { readonly ref: string; readonly theirs: Oid; readonly reason: string }[];
}

/** Throws 'repo-unreachable' when the clone is gone, 'storage-failed'. Needs no lock: the clone decides each ref. */
export async function publishBranches(context: RepoContext, record: RepoRecord): Promise<PublishResult> {
  const owned = [...ownedBranches(context, record)].filter((ref) => ref.startsWith('refs/heads/'));
  const before = await readPublished(context, record);
  if (owned.length === 0 && before.size === 0) return { published: [], kept: [] };
  const view = await openClone(context, record);
  // The durable copy is the daemon's; the clone gets git's own default.
  const clone: GitPlace = { ...view, config: [['core.fsync', 'default']] };
  const [present, theirs, checkedOut] = await Promise.all([
    listRefs(context.git, { gitDir: record.directory }, [...new Set([...owned, ...before.keys()])]),
    listRefs(context.git, clone, ['refs/heads/', 'refs/remotes/origin/']),
    checkedOutBranches(view.commonDir),
  ]);
  const ours = new Map([...present].filter(([ref]) => owned.includes(ref)));
  const moves: RefMove[] = [];
  const kept: PublishResult['kept'][number][] = [];
  for (const [ref, value] of ours) {
    const old = theirs.get(ref) ?? zeroOid;
    if (old === value) continue;
    const reason = checkedOut.has(ref)
      ? 'it is checked out in the clone'
      : await whyNotOurs(context, record, { ref, old, new: value }, before);
    if (reason === null) moves.push({ ref, old, new: value });
    else kept.push({ ref, theirs: old, reason });
  }
  // Deleted by its agent: it goes from the clone too, unless the user has done something with it.
  for (const [ref, value] of before) {
    const isGone = !present.has(ref) && theirs.get(ref) === value;
    if (isGone && !checkedOut.has(ref)) moves.push({ ref, old: value, new: zeroOid });
  }
  return { published: await move(context, record, clone, moves, theirs, before), kept };
}

/** null: the clone's value is what was published before, or an ancestor of what is published now. */
async function whyNotOurs(
  context: RepoContext,
  record: RepoRecord,
  wanted: RefMove,
  before: RefMap,
): Promise<string | null> {
  if (wanted.old === zeroOid || before.get(wanted.ref) === wanted.old) return null;
  const answer = await context.git.run(['merge-base', '--is-ancestor', wanted.old, wanted.new], {
    gitDir: record.directory,
    ...localLimits,
  });
  return answer.exitCode === 0 ? null : 'the clone has a different branch of this name';
}

async function move(
  context: RepoContext,
  record: RepoRecord,
  clone: GitPlace,
  moves: readonly RefMove[],
  theirs: RefMap,
  before: RefMap,
): Promise<readonly RefMove[]> {
  if (moves.length === 0) return [];
  // A branch that exists there already says enough; a new one may start anywhere.
  const isUpdate = moves.every((wanted) => wanted.old !== zeroOid);
  await transferObjects(context.git, {
    from: { gitDir: record.directory },
    to: clone,
    wants: moves.map((wanted) => wanted.new).filter((value) => value !== zeroOid),
    haves: isUpdate ? moves.map((wanted) => wanted.old) : [...theirs.values()],
    fewAsLoose: true,
    timeoutMs: localLimits.timeoutMs,
  });
  const { moved } = await moveRefs(context.git, clone, moves);
  await writePublished(
    context,
    record,
    new Map(
      [...before, ...moved.map((made) => [made.ref, made.new] as const)].filter(
        ([, value]) => value !== zeroOid,
      ),
    ),
  );
  return moved;
}

/**
 * What was published last. Not synced: a lost entry only means that a rewritten branch is not published over its
 * predecessor.
 */
async function readPublished(context: RepoContext, record: RepoRecord): Promise<RefMap> {
  const stored = await readJson(publishedFile(context, record)).catch(() => undefined);
  return new Map(
    typeof stored === 'object' && stored !== null ? (Object.entries(stored) as [string, Oid][]) : [],
  );
}

async function writePublished(context: RepoContext, record: RepoRecord, published: RefMap): Promise<void> {
  const file = publishedFile(context, record);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(published)), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Forgets what was published from a repository that is removed. */
export async function forgetPublished(
  context: Pick<RepoContext, 'layout'>,
  record: RepoRecord,
): Promise<void> {
  await rm(publishedFile(context, record), { force: true });
}

function publishedFile(context: Pick<RepoContext, 'layout'>, record: RepoRecord): string {
  return join(context.layout.repos, '.published', `${record.id}.json`);
}
