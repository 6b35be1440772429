/**
 * Brings a mirror to what its remote has at this moment: branches, tags and HEAD. What is fetched is checked by git
 * before it counts, and lies durably in the shared repository before anything is served from the mirror.
 */
import { localLimits, listRefs, moveRefs, type RefMap, type RefMove } from '../repos/git-refs';
import { fetchRemote, listRemote, type RemoteListing } from '../repos/fetch-remote';
import { readCloneHead, readShallow, writeShallow } from '../repos/clone-view';
import { writeHead } from '../repos/bare-repository';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import { existingObjects, transferObjects } from '../repos/transfer-objects';
import { openClone } from '../repos/update-repository';
import { isGitisoError } from '../../shared/errors';
import { requireSuccess } from '../git/host-git';
import { zeroOid, type Oid } from '../../shared/ids';
import type { RemoteTarget } from './find-target';
import { discardMirror, makeMirror, type MirrorPlace } from './mirror-place';
import type { RemoteUrl } from './remote-url';
import { sharePacks } from './share-packs';
import type { RunSurroundings } from './shared-runs';

/** A power cut costs a mirror at most, which is made again: only objects are synced. */
const cacheConfig = [['core.fsync', 'objects,derived-metadata']] as const;

/** More refs than this, new in one fetch, are packed. */
const packRefsFrom = 50;

/** Needs the mirror's turn. Throws 'repo-unreachable' (what git said was relayed), 'storage-failed', 'timed-out'. */
export async function refreshMirror(
  context: RepoContext,
  record: RepoRecord,
  target: RemoteTarget,
  place: MirrorPlace,
  run: RunSurroundings,
): Promise<void> {
  await makeMirror(context, place);
  try {
    await refresh(context, record, target, place, run);
  } catch (error) {
    // The mirror itself is damaged: a new one borrows what the repository has.
    if (!isGitisoError(error) || error.code !== 'worker-failed') throw error;
    context.log.warn('a mirror is made again', { repo: record.id, error });
    await discardMirror(place);
    await makeMirror(context, place);
    await refresh(context, record, target, place, run);
  }
}

async function refresh(
  context: RepoContext,
  record: RepoRecord,
  target: RemoteTarget,
  place: MirrorPlace,
  run: RunSurroundings,
): Promise<void> {
  const before = await listRefs(context.git, place, []);
  if (target.kind === 'clone') {
    const waitMs = context.config.current().git.networkTimeoutMs;
    await context.queue.run(`repository ${record.id}`, waitMs, () =>
      followClone(context, record, place, before),
    );
  } else await followRemote(context, record, target.url, place, before, run);
}

async function followRemote(
  context: RepoContext,
  record: RepoRecord,
  url: RemoteUrl,
  place: MirrorPlace,
  before: RefMap,
  run: RunSurroundings,
): Promise<void> {
  const { git } = context;
  const limits = {
    timeoutMs: context.config.current().git.networkTimeoutMs,
    signal: run.signal,
    onStderr: run.onText,
  };
  // A fetch that was cut off after it had what it wanted.
  if (place.shared !== null) await sharePacks(place.gitDir, place.shared);
  const listing = await listRemote(git, url, limits);
  const branch = place.shared === null ? null : record.singleBranch;
  const isPart = branch !== null;
  if (isPart) await followShallow(record, place);
  const shown = shownRefs(listing);
  const wanted = branch === null ? shown : await knownPart(context, branch, place, shown);
  if (!isSame(before, wanted)) {
    await fetchRemote({
      git,
      gitDir: place.gitDir,
      remote: url,
      refspecs: isPart
        ? changedRefs(before, wanted).map((ref) => `+${ref}:${ref}`)
        : ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'],
      tags: 'none',
      prune: !isPart,
      depth: null,
      verbosity: run.wantsProgress ? ['--progress'] : [],
      config: cacheConfig,
      ...limits,
    });
    if (place.shared !== null) await sharePacks(place.gitDir, place.shared);
    if (isPart) await dropRefs(context, place, before, wanted);
    await packManyRefs(context, place, before, wanted);
  }
  await followHead(context, record, place, listing);
}

/** What a mirror shows of a remote; `refs/pull` and the like are asked for by nobody who does not name them. */
function shownRefs(listing: RemoteListing): RefMap {
  return new Map(
    [...listing.refs].filter(([ref]) => /^refs\/(heads|tags)\//.test(ref) && !ref.endsWith('^{}')),
  );
}

/** A repository with one branch only shows this branch, and whatever else it has the commits of. */
async function knownPart(
  context: RepoContext,
  branch: string,
  place: MirrorPlace,
  refs: RefMap,
): Promise<RefMap> {
  const known = new Set(await existingObjects(context.git, place, [...new Set(refs.values())]));
  return new Map([...refs].filter(([ref, value]) => ref === `refs/heads/${branch}` || known.has(value)));
}

function isSame(one: RefMap, other: RefMap): boolean {
  return one.size === other.size && changedRefs(one, other).length === 0;
}

function changedRefs(before: RefMap, wanted: RefMap): readonly string[] {
  return [...wanted].filter(([ref, value]) => before.get(ref) !== value).map(([ref]) => ref);
}

async function dropRefs(
  context: RepoContext,
  place: MirrorPlace,
  before: RefMap,
  wanted: RefMap,
): Promise<void> {
  const gone = [...before].filter(([ref]) => !wanted.has(ref));
  await moveRefs(
    context.git,
    place,
    gone.map(([ref, old]) => ({ ref, old, new: zeroOid })),
  );
}

async function packManyRefs(
  context: RepoContext,
  place: MirrorPlace,
  before: RefMap,
  wanted: RefMap,
): Promise<void> {
  if (changedRefs(before, wanted).length < packRefsFrom) return;
  requireSuccess(
    await context.git.run(['pack-refs', '--all'], { ...place, ...localLimits }),
    'the refs of a mirror could not be packed',
  );
}

/** HEAD as the remote tells it: a branch, a commit, or nothing. */
async function followHead(
  context: RepoContext,
  record: RepoRecord,
  place: MirrorPlace,
  listing: RemoteListing,
): Promise<void> {
  const commit = listing.refs.get('HEAD');
  if (listing.head !== null) return writeHead(place.gitDir, `ref: ${listing.head}`);
  if (commit !== undefined && (await existingObjects(context.git, place, [commit])).length > 0)
    return writeHead(place.gitDir, commit);
  const name = listing.refs.size === 0 ? record.defaultBranch : 'no-head-at-the-remote';
  return writeHead(place.gitDir, `ref: refs/heads/${name}`);
}

async function followShallow(record: RepoRecord, place: MirrorPlace): Promise<void> {
  const [there, here] = await Promise.all([readShallow(record.directory), readShallow(place.gitDir)]);
  if (there !== here) await writeShallow(place.gitDir, there);
}

/** The objects go to the repository, read as the clone's owner; the refs to the mirror. */
async function followClone(
  context: RepoContext,
  record: RepoRecord,
  place: MirrorPlace,
  before: RefMap,
): Promise<void> {
  const { git } = context;
  const clone = await openClone(context, record);
  const theirs = await listRefs(git, clone, ['refs/heads/', 'refs/tags/']);
  const moves = movesTo(before, theirs);
  const shallow = await readShallow(clone.commonDir);
  const isSameDepth = shallow === (await readShallow(record.directory));
  await transferObjects(git, {
    from: clone,
    to: { gitDir: record.directory },
    wants: isSameDepth ? moves.map((move) => move.new).filter((id) => id !== zeroOid) : [...theirs.values()],
    haves: isSameDepth
      ? [...before.values(), ...(await listRefs(git, { gitDir: record.directory }, [])).values()]
      : [],
    fewAsLoose: true,
    timeoutMs: context.config.current().git.networkTimeoutMs,
  });
  if (!isSameDepth) await writeShallow(record.directory, shallow);
  if (shallow !== (await readShallow(place.gitDir))) await writeShallow(place.gitDir, shallow);
  await moveRefs(git, { ...place, config: cacheConfig }, moves);
  const head = await readCloneHead(clone.commonDir);
  await writeHead(place.gitDir, head.kind === 'branch' ? `ref: ${head.ref}` : head.commit);
}

function movesTo(before: RefMap, wanted: RefMap): readonly RefMove[] {
  const value = (refs: RefMap, ref: string): Oid => refs.get(ref) ?? zeroOid;
  return [...new Set([...before.keys(), ...wanted.keys()])]
    .map((ref) => ({ ref, old: value(before, ref), new: value(wanted, ref) }))
    .filter((move) => move.old !== move.new);
}
