/**
 * The names of branches and tags that agents have or had: what must not be taken for a repository's own, and in a
 * repository of private agents, what one agent must not be shown of another.
 */
import type { AgentRecord } from '../agents/agent-registry';
import { pushedNames } from '../remote/pushed-refs';
import { atticOf, isPrivate } from '../stores';
import { hasAttic } from './attic';
import { listRefs, type RefMap } from './git-refs';
import { publishedNames } from './published-file';
import type { RepoContext } from './repo-context';
import type { RepoRecord } from './repo-registry';

type Context = Pick<RepoContext, 'layout' | 'git' | 'agents'>;

const keptRefs = 'refs/gitiso/refs/';

/** Where the attic keeps the refs of a removed private agent, in place of `refs/`. */
export function keptRefsOf(agent: string): string {
  return `${keptRefs}${agent}/`;
}

/** A ref of the attic under the name it had. */
interface KeptRef {
  readonly agent: string;
  readonly ref: string;
}

export function parseKeptRef(name: string): KeptRef | null {
  const [, agent, rest] = /^refs\/gitiso\/refs\/([^/]+)\/(.+)$/.exec(name) ?? [];
  return agent === undefined || rest === undefined ? null : { agent, ref: `refs/${rest}` };
}

/** The kept refs of all removed private agents, by their names in the attic. */
export async function listKeptRefs(
  { layout, git }: Pick<Context, 'layout' | 'git'>,
  repo: RepoRecord['id'],
): Promise<RefMap> {
  if (!(await hasAttic(layout, repo))) return new Map();
  return listRefs(git, { gitDir: layout.storeGit(atticOf(repo)) }, [keptRefs]);
}

/** The branches and tags of this repository that belong to agents, as full ref names. */
export function ownedBranches(
  context: Pick<RepoContext, 'agents'>,
  record: Pick<RepoRecord, 'id'>,
): ReadonlySet<string> {
  const agents = context.agents.list().filter((agent) => agent.repo === record.id);
  return new Set<string>(agents.flatMap((agent) => [agent.ref, ...agent.ownRefs]));
}

/**
 * What of a clone's or a remote's refs is agents' own and must never get into a repository of private agents. To be
 * asked after the refs were listed: a name is noted before it appears. Empty where agents share the repository.
 */
export async function hiddenNames(context: Context, record: RepoRecord): Promise<ReadonlySet<string>> {
  if (!record.privateAgents) return new Set();
  const [kept, published, pushed] = await Promise.all([
    listKeptRefs(context, record.id),
    publishedNames(context.layout, record.id),
    pushedNames(context.layout.mirrors, record.id),
  ]);
  return new Set([
    ...ownedBranches(context, record),
    ...[...kept.keys()].flatMap((name) => parseKeptRef(name)?.ref ?? []),
    ...published,
    ...pushed.keys(),
  ]);
}

/** Names that an agent must not be shown at a remote: what others made there, and branches that others have here. */
export async function namesOfOthers(
  context: Context,
  record: RepoRecord,
  agent: AgentRecord,
  url: string,
): Promise<ReadonlySet<string>> {
  if (!isPrivate(agent)) return new Set();
  const own = new Set<string>([agent.ref, ...agent.ownRefs]);
  const self = `${agent.id} ${agent.generation}`;
  const pushed = await pushedNames(context.layout.mirrors, record.id, url);
  const made = [...pushed].flatMap(([ref, maker]) => (maker === self ? [] : [ref]));
  const names = [...made, ...(await branchesOfOthers(context, record, agent))];
  return new Set(names.filter((ref) => !own.has(ref)));
}

/** Branches of the other private agents, living and removed. */
export async function branchesOfOthers(
  context: Context,
  record: Pick<RepoRecord, 'id'>,
  agent: Pick<AgentRecord, 'id'>,
): Promise<Set<string>> {
  const others = context.agents.list().filter(({ id, repo }) => repo === record.id && id !== agent.id);
  const kept = await listKeptRefs(context, record.id);
  const names = [
    ...others.flatMap(({ ref, ownRefs }) => [ref, ...ownRefs]),
    ...[...kept.keys()].flatMap((name) => parseKeptRef(name)?.ref ?? []),
  ];
  return new Set(names.filter((ref) => ref.startsWith('refs/heads/')));
}

/** Whether a branch can not be made beside others' because it has the name of one, or one above or below it. */
export function isTaken(ref: string, others: ReadonlySet<string>): boolean {
  if (others.has(ref)) return true;
  for (const other of others) if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) return true;
  return false;
}
