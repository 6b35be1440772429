/**
 * Shows agents' branches in the user's clone as ordinary refs: objects first, then a compare-and-swap of each ref.
 * Never moves a branch that is checked out there, never one that the user made or changed, runs no hook.
 */
import { crashPoint } from '../crash-points';
import { zeroOid, type Oid } from '../../shared/ids';
import { atticOf } from '../stores';
import { isRepository } from './attic';
import { listKeptRefs, ownedBranches, parseKeptRef } from './agent-names';
import { checkedOutBranches } from './clone-view';
import {
  listRefs,
  localLimits,
  moveRefs,
  type GitPlace,
  type MovedRefs,
  type RefMap,
  type RefMove,
} from './git-refs';
import type { RepoContext } from './repo-context';
import type { RepoRecord } from './repo-registry';
import { transferObjects } from './transfer-objects';
import { openClone } from './update-repository';
import { readPublished, writePublished } from './published-file';

export interface PublishResult {
  readonly published: readonly RefMove[];
  /** What the clone did not take now: a name in the way, or a lock that somebody holds. */
  readonly refused: readonly RefMove[];
  /** Branches that stay behind, with the reason for people. */
  readonly kept: readonly { readonly ref: string; readonly theirs: Oid; readonly reason: string }[];
}

/** A branch of an agent, and the repository that has it. */
interface Source {
  readonly value: Oid;
  readonly gitDir: string;
}

type Sources = ReadonlyMap<string, Source>;

/**
 * Throws 'repo-unreachable' when the clone is gone, 'storage-failed'. The clone decides about each ref; with private
 * agents the repository's operation lock is needed too, so that nobody takes one of their branches for the user's.
 */
export async function publishBranches(context: RepoContext, record: RepoRecord): Promise<PublishResult> {
  const before = await readPublished(context.layout, record.id);
  const { ours, present } = await (record.privateAgents
    ? privateBranches(context, record)
    : sharedBranches(context, record, before));
  if (ours.size === 0 && before.size === 0) return { published: [], refused: [], kept: [] };
  const view = await openClone(context, record);
  // The durable copy is the daemon's; the clone gets git's own default.
  const clone: GitPlace = { ...view, config: [['core.fsync', 'default']] };
  const [theirs, checkedOut] = await Promise.all([
    listRefs(context.git, clone, ['refs/heads/', 'refs/remotes/origin/']),
    checkedOutBranches(view.commonDir),
  ]);
  const moves: RefMove[] = [];
  const kept: PublishResult['kept'][number][] = [];
  for (const [ref, source] of ours) {
    const old = theirs.get(ref) ?? zeroOid;
    if (old === source.value) continue;
    const reason = checkedOut.has(ref)
      ? 'it is checked out in the clone'
      : await whyNotOurs(context, source, { ref, old, new: source.value }, before);
    if (reason === null) moves.push({ ref, old, new: source.value });
    else kept.push({ ref, theirs: old, reason });
  }
  // Deleted by its agent: it goes from the clone too, unless the user has done something with it.
  for (const [ref, value] of before) {
    const isGone = !present.has(ref) && theirs.get(ref) === value;
    if (isGone && !checkedOut.has(ref)) moves.push({ ref, old: value, new: zeroOid });
  }
  const { moved, refused } = await move(context, record, clone, { moves, ours, theirs, before });
  return { published: moved, refused, kept };
}

/** `ours`: the branches of agents; `present`: what was published and is still there, whoever it belongs to now. */
async function sharedBranches(
  context: RepoContext,
  record: RepoRecord,
  before: RefMap,
): Promise<{ readonly ours: Sources; readonly present: ReadonlySet<string> }> {
  const owned = [...ownedBranches(context, record)].filter((ref) => ref.startsWith('refs/heads/'));
  if (owned.length === 0 && before.size === 0) return { ours: new Map(), present: new Set() };
  const place = { gitDir: record.directory };
  const present = await listRefs(context.git, place, [...new Set([...owned, ...before.keys()])]);
  const ours = [...present].flatMap(([ref, value]) =>
    owned.includes(ref) ? [[ref, { value, ...place }] as const] : [],
  );
  return { ours: new Map(ours), present: new Set(present.keys()) };
}

/** Every private agent has its branches in a repository of its own; those of removed ones are in the attic. */
async function privateBranches(
  context: RepoContext,
  record: RepoRecord,
): Promise<{ readonly ours: Sources; readonly present: ReadonlySet<string> }> {
  const { layout, git } = context;
  const attic = layout.storeGit(atticOf(record.id));
  const ours = new Map<string, Source>();
  for (const [name, value] of await listKeptRefs(context, record.id)) {
    const ref = parseKeptRef(name)?.ref ?? '';
    if (ref.startsWith('refs/heads/')) ours.set(ref, { value, gitDir: attic });
  }
  for (const agent of context.agents.list().filter(({ repo }) => repo === record.id)) {
    const gitDir = layout.storeGit(agent.store);
    if (!(await isRepository(gitDir))) continue;
    const refs = await listRefs(git, { gitDir }, ['refs/heads/']);
    for (const ref of [agent.ref, ...agent.ownRefs]) {
      const value = refs.get(ref);
      if (value !== undefined) ours.set(ref, { value, gitDir });
    }
  }
  return { ours, present: new Set(ours.keys()) };
}

/** null: the clone's value is what was published before, or an ancestor of what is published now. */
async function whyNotOurs(
  context: RepoContext,
  { gitDir }: Source,
  wanted: RefMove,
  before: RefMap,
): Promise<string | null> {
  if (wanted.old === zeroOid || before.get(wanted.ref) === wanted.old) return null;
  const answer = await context.git.run(['merge-base', '--is-ancestor', wanted.old, wanted.new], {
    gitDir,
    ...localLimits,
  });
  return answer.exitCode === 0 ? null : 'the clone has a different branch of this name';
}

async function move(
  context: RepoContext,
  record: RepoRecord,
  clone: GitPlace,
  plan: {
    readonly moves: readonly RefMove[];
    readonly ours: Sources;
    readonly theirs: RefMap;
    readonly before: RefMap;
  },
): Promise<MovedRefs> {
  const { moves, ours, theirs, before } = plan;
  if (moves.length === 0) return { moved: [], refused: [] };
  // A branch that exists there already says enough; a new one may start anywhere.
  const isUpdate = moves.every((wanted) => wanted.old !== zeroOid);
  const wants = moves.flatMap((wanted) => ours.get(wanted.ref) ?? []);
  for (const from of new Set(wants.map(({ gitDir }) => gitDir)))
    await transferObjects(context.git, {
      from: { gitDir: from },
      to: clone,
      wants: wants.filter(({ gitDir }) => gitDir === from).map(({ value }) => value),
      haves: isUpdate ? moves.map((wanted) => wanted.old) : [...theirs.values()],
      fewAsLoose: true,
      timeoutMs: localLimits.timeoutMs,
    });
  const { id, privateAgents } = record;
  if (privateAgents) {
    // Noted before they appear: then nobody ever takes them for the user's. What they were still counts.
    const fresh = moves.flatMap(({ ref, new: value }) => (before.has(ref) ? [] : [[ref, value] as const]));
    if (fresh.length > 0) await writePublished(context.layout, id, new Map([...before, ...fresh]), true);
  }
  crashPoint('publish:objects');
  const { moved, refused } = await moveRefs(context.git, clone, moves);
  crashPoint('publish:moved');
  const now = [...before, ...moved.map((made) => [made.ref, made.new] as const)];
  const published = new Map(now.filter(([, value]) => value !== zeroOid));
  await writePublished(context.layout, id, published, privateAgents);
  return { moved, refused };
}
