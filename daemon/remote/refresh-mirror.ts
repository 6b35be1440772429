/**
 * Brings a mirror to what its remote has at this moment: branches, tags and HEAD. What is fetched is checked by git
 * before it counts, and lies durably in the shared repository before anything is served from the mirror.
 */
import type { AgentRecord } from '../agents/agent-registry';
import { namesOfOthers } from '../repos/agent-names';
import { crashPoint } from '../crash-points';
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
import { placeUrl } from './push-place';
import { discardMirror, makeMirror, type MirrorPlace } from './mirror-place';
import type { RemoteUrl } from './remote-url';
import { sharePacks } from './share-packs';
import type { RunSurroundings } from './shared-runs';

/** A power cut costs a mirror at most, which is made again: only objects are synced. */
const cacheConfig = [['core.fsync', 'objects,derived-metadata']] as const;

/** More refs than this, new in one fetch, are packed. */
const packRefsFrom = 50;

/** Of what a mirror is, and for whom. */
interface Mirrored {
  readonly record: RepoRecord;
  /** Of a private agent's mirror; others serve every agent of the repository. */
  readonly agent: AgentRecord;
  readonly target: RemoteTarget;
}

/** Needs the mirror's turn. Throws 'repo-unreachable' (what git said was relayed), 'storage-failed', 'timed-out'. */
export async function refreshMirror(
  context: RepoContext,
  mirrored: Mirrored,
  place: MirrorPlace,
  run: RunSurroundings,
): Promise<void> {
  await makeMirror(context, place);
  try {
    await refresh(context, mirrored, place, run);
  } catch (error) {
    // The mirror itself is damaged: a new one borrows what the repository has.
    if (!isGitisoError(error) || error.code !== 'worker-failed') throw error;
    context.log.warn('a mirror is made again', { repo: mirrored.record.id, error });
    await discardMirror(place);
    await makeMirror(context, place);
    await refresh(context, mirrored, place, run);
  }
}

async function refresh(
  context: RepoContext,
  mirrored: Mirrored,
  place: MirrorPlace,
  run: RunSurroundings,
): Promise<void> {
  const { record, target } = mirrored;
  const before = await listRefs(context.git, place, []);
  if (target.kind === 'clone') {
    const waitMs = context.config.current().git.networkTimeoutMs;
    await context.queue.run(`repository ${record.id}`, waitMs, () =>
      followClone(context, mirrored, place, before),
    );
  } else await followRemote(context, mirrored, target.url, place, before, run);
}

async function followRemote(
  context: RepoContext,
  { record, agent, target }: Mirrored,
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
  if (branch !== null) await followShallow(place);
  const hidden = await namesOfOthers(context, record, agent, placeUrl(target));
  const isPart = branch !== null || hidden.size > 0;
  const shown = new Map([...shownRefs(listing)].filter(([ref]) => !hidden.has(ref)));
  const wanted = branch === null ? shown : await knownPart(context, branch, place, shown);
  if (!isSame(before, wanted)) {
    const refspecs = isPart
      ? changedRefs(before, wanted).map((ref) => `+${ref}:${ref}`)
      : ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    // Without any git would ask for the remote's HEAD.
    if (refspecs.length > 0)
      await fetchRemote({
        git,
        gitDir: place.gitDir,
        remote: url,
        refspecs,
        tags: 'none',
        prune: !isPart,
        depth: null,
        verbosity: run.wantsProgress ? ['--progress'] : [],
        config: cacheConfig,
        ...limits,
      });
    crashPoint('mirror:fetched');
    if (place.shared !== null) await sharePacks(place.gitDir, place.shared);
    if (isPart) await dropRefs(context, place, before, wanted);
    await packManyRefs(context, place, before, wanted);
  }
  const isHeadHidden = listing.head !== null && hidden.has(listing.head);
  await followHead(context, record, place, isHeadHidden ? { ...listing, head: null } : listing);
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

async function followShallow({ gitDir, shared }: MirrorPlace): Promise<void> {
  if (shared === null) return;
  const [there, here] = await Promise.all([readShallow(shared), readShallow(gitDir)]);
  if (there !== here) await writeShallow(gitDir, there);
}

/** The objects go to the repository, read as the clone's owner; the refs to the mirror. */
async function followClone(
  context: RepoContext,
  { record, agent, target }: Mirrored,
  place: MirrorPlace,
  before: RefMap,
): Promise<void> {
  const { git } = context;
  const clone = await openClone(context, record);
  const all = await listRefs(git, clone, ['refs/heads/', 'refs/tags/']);
  const hidden = await namesOfOthers(context, record, agent, placeUrl(target));
  const theirs = new Map([...all].filter(([ref]) => !hidden.has(ref)));
  const home = context.layout.storeGit(agent.store);
  const moves = movesTo(before, theirs);
  const shallow = await readShallow(clone.commonDir);
  const isSameDepth = shallow === (await readShallow(home));
  await transferObjects(git, {
    from: clone,
    to: { gitDir: home },
    wants: isSameDepth ? moves.map((move) => move.new).filter((id) => id !== zeroOid) : [...theirs.values()],
    haves: isSameDepth ? [...before.values(), ...(await listRefs(git, { gitDir: home }, [])).values()] : [],
    fewAsLoose: true,
    timeoutMs: context.config.current().git.networkTimeoutMs,
  });
  if (!isSameDepth) await writeShallow(home, shallow);
  if (shallow !== (await readShallow(place.gitDir))) await writeShallow(place.gitDir, shallow);
  await moveRefs(git, { ...place, config: cacheConfig }, moves);
  const head = await readCloneHead(clone.commonDir);
  await followHead(context, record, place, {
    head: head.kind === 'branch' && !hidden.has(head.ref) ? head.ref : null,
    refs: new Map<string, Oid>([
      ...theirs,
      ...(head.kind === 'detached' ? [['HEAD', head.commit] as const] : []),
    ]),
  });
}

function movesTo(before: RefMap, wanted: RefMap): readonly RefMove[] {
  const value = (refs: RefMap, ref: string): Oid => refs.get(ref) ?? zeroOid;
  return [...new Set([...before.keys(), ...wanted.keys()])]
    .map((ref) => ({ ref, old: value(before, ref), new: value(wanted, ref) }))
    .filter((move) => move.old !== move.new);
}
