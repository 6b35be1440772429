/**
 * The repository of one private agent: it borrows the objects of the registered one, shows its refs, and holds what the
 * agent itself makes. Nothing of it ever gets into the registered one, so no other agent can see it.
 */
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { zeroOid, type RepoId } from '../../shared/ids';
import type { AgentRecord } from '../agents/agent-registry';
import { requireSuccess, type HostGit } from '../git/host-git';
import type { Layout } from '../layout';
import { atticOf, isPrivate } from '../stores';
import { listKeptRefs, parseKeptRef } from './agent-names';
import { isRepository, removeUnfinished } from './attic';
import {
  borrowObjects,
  discardRepository,
  makeBareRepository,
  placeRepository,
  writeHead,
} from './bare-repository';
import { readShallow, writeShallow } from './clone-view';
import { listRefs, localLimits, moveRefs, type RefMap, type RefMove } from './git-refs';
import type { RepoContext } from './repo-context';
import { transferObjects } from './transfer-objects';

type StoreParts = Pick<RepoContext, 'layout' | 'git'>;

const shown = ['refs/heads/', 'refs/tags/', 'refs/remotes/'];
/** In `private/<repo>/` a link to the repository's objects, where the container has them mounted as `/gitiso/base`. */
const baseLink = 'base';
const timeoutMs = 600_000;

/** With the refs of the repository and what the attic keeps under the agent's names. Nothing happens if it exists. */
export async function makePrivateStore(parts: StoreParts, agent: AgentRecord): Promise<void> {
  const { layout, git } = parts;
  const gitDir = layout.storeGit(agent.store);
  if (await isRepository(gitDir)) return;
  const base = layout.repoGit(agent.repo);
  const folder = dirname(gitDir);
  await makeFolder(layout, agent.repo, folder);
  const temporary = await makeBareRepository(folder);
  try {
    await borrowObjects(temporary, `../../${baseLink}`);
    await writeHead(temporary, (await readFile(join(base, 'HEAD'), 'utf8')).trim());
    await writeShallow(temporary, await readShallow(base));
    const refs = await listRefs(git, { gitDir: base }, shown);
    const kept = await keptFor(parts, agent);
    await transferObjects(git, {
      from: { gitDir: layout.storeGit(atticOf(agent.repo)) },
      to: { gitDir: temporary },
      wants: [...kept.values()].map(({ value }) => value),
      haves: [...refs.values()],
      fewAsLoose: false,
      timeoutMs,
    });
    await writeRefs(
      git,
      temporary,
      new Map([...refs, ...[...kept].map(([ref, { value }]) => [ref, value] as const)]),
    );
    await placeRepository(temporary, gitDir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function makeFolder(layout: Layout, repo: RepoId, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 });
  // As with `repos`: the owner of a workspace comes through to the agent's repository, and looks around nowhere.
  for (const path of [layout.privateRepos, folder]) await chmod(path, 0o711);
  await symlink(join('..', '..', 'repos', `${repo}.git`, 'objects'), join(folder, baseLink)).catch(
    (error: unknown) => {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    },
  );
}

async function writeRefs(git: HostGit, gitDir: string, refs: RefMap): Promise<void> {
  const lines = [...refs].map(([ref, value]) => `${value} ${ref}\n`);
  // git sorts a file that does not say it is sorted, and then writes it again in its own form.
  await writeFile(join(gitDir, 'packed-refs'), Buffer.from(`# pack-refs with:\n${lines.join('')}`, 'latin1'));
  requireSuccess(
    await git.run(['pack-refs', '--all'], { gitDir, ...localLimits }),
    "the refs of an agent's repository could not be written",
  );
}

interface Kept {
  readonly value: RefMove['new'];
  /** Its name in the attic. */
  readonly name: string;
}

/** What the attic keeps that becomes the agent's: all it had itself, and its branch whoever had it. */
async function keptFor(parts: StoreParts, agent: AgentRecord): Promise<ReadonlyMap<string, Kept>> {
  const own = new Set<string>([agent.ref, ...agent.ownRefs]);
  const found = new Map<string, Kept>();
  for (const [name, value] of await listKeptRefs(parts, agent.repo)) {
    const kept = parseKeptRef(name);
    if (kept === null || !own.has(kept.ref)) continue;
    if (kept.agent === agent.id || kept.ref === agent.ref) found.set(kept.ref, { value, name });
  }
  return found;
}

/** What the attic has for the branch; null: it keeps none of this name. */
export async function keptBranch(parts: StoreParts, agent: AgentRecord): Promise<Kept['value'] | null> {
  return (await keptFor(parts, agent)).get(agent.ref)?.value ?? null;
}

/** The attic need not keep any more what the agent has again. */
export async function releaseKept(parts: StoreParts, agent: AgentRecord): Promise<void> {
  const kept = [...(await keptFor(parts, agent)).values()];
  const attic = { gitDir: parts.layout.storeGit(atticOf(agent.repo)) };
  await moveRefs(
    parts.git,
    attic,
    kept.map(({ name, value }) => ({ ref: name, old: value, new: zeroOid })),
  );
}

/** Can be repeated. */
export async function discardPrivateStore(layout: Layout, agent: AgentRecord): Promise<void> {
  const gitDir = layout.storeGit(agent.store);
  if (isPrivate(agent) && (await isRepository(gitDir))) await discardRepository(gitDir, dirname(gitDir));
}

/**
 * Shows the refs of the repository in those of its private agents. `moved`: only these have moved; null: nobody knows,
 * and no agent is at work. An agent's own refs stay as they are, and so does a branch that the agent has brought to
 * what the remote has, as long as it is ahead.
 */
export async function showRefs(
  context: Pick<RepoContext, 'layout' | 'git' | 'agents' | 'log'>,
  repo: RepoId,
  moved: readonly RefMove[] | null,
): Promise<void> {
  const names = moved === null ? null : new Set(moved.map(({ ref }) => ref));
  for (const { id } of context.agents.list().filter((agent) => agent.repo === repo && isPrivate(agent)))
    await showTo(context, id, names).catch((error: unknown) =>
      context.log.warn('refs could not be shown to a private agent', { repo, agent: id, error }),
    );
}

/** The same for one agent, whose repository was just made. */
export async function showTo(
  { layout, git, agents, log }: Pick<RepoContext, 'layout' | 'git' | 'agents' | 'log'>,
  id: AgentRecord['id'],
  moved: ReadonlySet<string> | null,
): Promise<void> {
  const find = () => agents.list().find((agent) => agent.id === id);
  const agent = find();
  if (agent === undefined || !(await isRepository(layout.storeGit(agent.store)))) return;
  const base = { gitDir: layout.repoGit(agent.repo) };
  const place = { gitDir: layout.storeGit(agent.store) };
  const ours = await listRefs(git, base, shown);
  const theirs = await listRefs(git, place, shown);
  // After the listing: a name is an agent's own before it exists.
  const own = new Set<string>([agent.ref, ...(find() ?? agent).ownRefs]);
  const moves: RefMove[] = [];
  for (const [ref, value] of ours) {
    const old = theirs.get(ref) ?? zeroOid;
    if (own.has(ref) || old === value) continue;
    if (old !== zeroOid && ref.startsWith('refs/tags/') && moved?.has(ref) !== true) continue;
    if (ref.startsWith('refs/heads/') && (await isAhead(git, place.gitDir, value, old))) continue;
    moves.push({ ref, old, new: value });
  }
  for (const [ref, old] of theirs)
    if (!ours.has(ref) && !own.has(ref) && (moved === null || moved.has(ref)))
      moves.push({ ref, old, new: zeroOid });
  await writeShallow(place.gitDir, await readShallow(base.gitDir));
  const { refused } = await moveRefs(git, place, moves);
  if (refused.length > 0)
    log.info("refs of the repository are in the way of an agent's own", {
      agent: id,
      refs: refused.slice(0, 20).map(({ ref }) => ref),
    });
}

async function isAhead(git: HostGit, gitDir: string, base: string, theirs: string): Promise<boolean> {
  if (theirs === zeroOid) return false;
  const answer = await git.run(['merge-base', '--is-ancestor', base, theirs], { gitDir, ...localLimits });
  return answer.exitCode === 0;
}

/** Removes what a killed daemon left half made. */
export async function tidyPrivateStores(layout: Layout, repo: RepoId): Promise<void> {
  await removeUnfinished(join(layout.privateRepos, repo));
}
