/**
 * Brings what a user's clone has (branches, tags, what it knows of its remote) into the daemon's repository.
 * Never touches a branch of an agent, never deletes a branch, changes nothing in the clone.
 */
import { join } from 'node:path';
import { zeroOid, type Oid } from '../../shared/ids';
import {
  localLimits,
  listRefs,
  moveRefs,
  type GitPlace,
  type MovedRefs,
  type RefMap,
  type RefMove,
} from './git-refs';
import type { HostGit } from '../git/host-git';
import { readShallow, writeShallow, type CloneView } from './clone-view';
import { linkObjects } from './link-objects';
import { transferObjects } from './transfer-objects';

export interface MirrorOptions {
  readonly git: HostGit;
  readonly clone: CloneView;
  readonly gitDir: string;
  /** What of the clone's refs is not the user's; asked after they were listed. */
  readonly findAgents: () => Promise<AgentRefs>;
  /** The clone has no remote: to agents the clone itself is `origin`. */
  readonly isOrigin: boolean;
  /** Commits to bring beside those of refs. */
  readonly alsoWanted: readonly Oid[];
  /** Whose object files may be linked into an empty repository; null: copy what is missing. */
  readonly linkFrom: { readonly uid: number } | null;
  readonly timeoutMs: number;
  readonly onStderr?: (text: string) => void;
}

export interface AgentRefs {
  /** Branches and tags of agents: they are left alone. */
  readonly owned: ReadonlySet<string>;
  /**
   * What the daemon itself put into the clone. As long as the user has not moved it, it says nothing new, and its agent
   * may have deleted it.
   */
  readonly published: RefMap;
  /** Private to agents: as if they were not there. */
  readonly hidden: ReadonlySet<string>;
}

/** Needs the repository's operation lock. Throws 'storage-failed', 'timed-out'. */
export async function mirrorClone(options: MirrorOptions): Promise<MovedRefs> {
  const { git, clone, gitDir } = options;
  const [all, ours] = await Promise.all([
    listRefs(git, clone, ['refs/heads/', 'refs/tags/', 'refs/remotes/origin/']),
    listRefs(git, { gitDir }, []),
  ]);
  const agents = await options.findAgents();
  const isHidden = (ref: string): boolean => agents.hidden.has(ref) || agents.hidden.has(asBranch(ref));
  const theirs = new Map([...all].filter(([ref]) => !isHidden(ref)));
  const moves = planMoves(options.isOrigin, agents, theirs, ours);
  await bringObjects(options, moves, theirs, ours);
  const backwards = options.isOrigin ? new Set() : await rewindsOf(git, gitDir, moves);
  return moveRefs(
    git,
    { gitDir },
    moves.filter((move) => !backwards.has(move.ref)),
  );
}

function planMoves(
  isOrigin: boolean,
  { owned, published }: AgentRefs,
  theirs: RefMap,
  ours: RefMap,
): readonly RefMove[] {
  const wanted = new Map<string, Oid>();
  for (const [ref, value] of theirs) {
    if (isTracking(ref) && isOrigin) continue;
    if (!owned.has(ref) && published.get(ref) !== value) wanted.set(ref, value);
    if (isOrigin && ref.startsWith('refs/heads/')) {
      wanted.set(ref.replace('refs/heads/', 'refs/remotes/origin/'), value);
    }
  }
  const gone = [...ours].filter(([ref]) => isOrigin && isTracking(ref) && !wanted.has(ref));
  return [
    ...[...wanted].map(([ref, value]) => ({ ref, old: ours.get(ref) ?? zeroOid, new: value })),
    ...gone.map(([ref, old]) => ({ ref, old, new: zeroOid })),
  ].filter((move) => move.old !== move.new);
}

/** What the clone knows of its remote goes by the names that the remote has. */
function asBranch(ref: string): string {
  return ref.replace('refs/remotes/origin/', 'refs/heads/');
}

function isTracking(ref: string): boolean {
  return ref.startsWith('refs/remotes/');
}

async function bringObjects(
  options: MirrorOptions,
  moves: readonly RefMove[],
  theirs: RefMap,
  ours: RefMap,
): Promise<void> {
  const { git, clone, gitDir } = options;
  const [shallowThere, shallowHere] = await Promise.all([readShallow(clone.commonDir), readShallow(gitDir)]);
  const place: GitPlace = { gitDir };
  const isLinked =
    options.linkFrom !== null &&
    (await linkObjects(join(clone.commonDir, 'objects'), join(gitDir, 'objects'), options.linkFrom.uid));
  if (!isLinked) {
    // When the ends of history moved, having a commit is no longer a sign of having all that lies behind it.
    const isSameDepth = shallowThere === shallowHere;
    const tips = isSameDepth
      ? moves.map((move) => move.new).filter((value) => value !== zeroOid)
      : theirs.values();
    await transferObjects(git, {
      from: clone,
      to: place,
      wants: [...tips, ...options.alsoWanted],
      haves: isSameDepth ? [...ours.values()] : [],
      fewAsLoose: true,
      timeoutMs: options.timeoutMs,
      ...(options.onStderr === undefined ? {} : { onStderr: options.onStderr }),
    });
  }
  if (shallowThere !== shallowHere) await writeShallow(gitDir, shallowThere);
}

/**
 * Remote-tracking refs that the clone has older than the daemon, which asks the remote itself: they stay.
 * Branches follow the clone in any direction.
 */
async function rewindsOf(
  git: HostGit,
  gitDir: string,
  moves: readonly RefMove[],
): Promise<ReadonlySet<string>> {
  const rewinds = new Set<string>();
  for (const move of moves) {
    if (!isTracking(move.ref) || move.old === zeroOid) continue;
    const answer = await git.run(['merge-base', '--is-ancestor', move.old, move.new], {
      gitDir,
      ...localLimits,
    });
    if (answer.exitCode !== 0) rewinds.add(move.ref);
  }
  return rewinds;
}
