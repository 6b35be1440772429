/**
 * The daemon's own copies of what remotes have: bare repositories `mirrors/<repo>/<key>.git` with the refs as they are
 * at the remote. A mirror of the registered remote borrows the repository's objects and keeps none of its own.
 * Mirrors are caches: whatever is wrong with one, it is made again.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { AgentRecord } from '../agents/agent-registry';
import type { Layout } from '../layout';
import { crashPoint } from '../crash-points';
import { makeBareRepository, placeRepository } from '../repos/bare-repository';
import { listRefs } from '../repos/git-refs';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import { isPrivate } from '../stores';
import type { RemoteTarget } from './find-target';

export interface MirrorPlace {
  readonly gitDir: string;
  /** The repository that the objects are for; null: they stay here. */
  readonly shared: string | null;
}

/** A private agent has mirrors of its own: what others pushed is not in them. */
export function mirrorPlace(
  layout: Pick<Layout, 'mirrors' | 'storeGit'>,
  record: RepoRecord,
  agent: AgentRecord,
  target: RemoteTarget,
): MirrorPlace {
  const isOrigin = target.kind === 'clone' || target.isOrigin;
  const url = target.kind === 'clone' ? '' : target.url.url;
  // With the time: a repository that was removed and added again has other objects.
  const key = createHash('sha256').update(`${record.createdAt}\n${url}`).digest('hex').slice(0, 32);
  return {
    gitDir: join(layout.mirrors, record.id, `${ownPrefix(agent)}${key}.git`),
    shared: isOrigin ? layout.storeGit(agent.store) : null,
  };
}

function ownPrefix(agent: AgentRecord): string {
  return isPrivate(agent) ? `${agent.id}.${agent.generation}-` : '';
}

/** Of a private agent that is no more. */
export async function discardAgentMirrors(mirrors: string, agent: AgentRecord): Promise<void> {
  const folder = join(mirrors, agent.repo);
  const prefix = ownPrefix(agent);
  for (const name of await readdir(folder).catch(() => []))
    if (prefix !== '' && name.startsWith(prefix))
      await rm(join(folder, name), { recursive: true, force: true });
}

/** Needs the mirror's turn. */
export async function makeMirror(context: RepoContext, place: MirrorPlace): Promise<void> {
  const isThere = await stat(join(place.gitDir, 'HEAD')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const temporary = await makeEmpty(join(place.gitDir, '..')).catch((cause: unknown) => {
    throw new GitisoError('storage-failed', 'a mirror of the remote could not be made', { cause });
  });
  try {
    if (place.shared !== null) await borrow(context, temporary, place.shared);
    await rm(place.gitDir, { recursive: true, force: true });
    await placeRepository(temporary, place.gitDir);
    crashPoint('mirror:made');
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function makeEmpty(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(join(folder, '..'), 0o700);
  return makeBareRepository(folder);
}

/**
 * Starts from what the repository knows of its remote, so that the first fetch brings only what is new. One file, not
 * sorted: git sorts it when it reads a file that does not say it is.
 */
async function borrow(context: RepoContext, mirror: string, shared: string): Promise<void> {
  await writeFile(join(mirror, 'objects', 'info', 'alternates'), `${join(shared, 'objects')}\n`);
  const known = await listRefs(context.git, { gitDir: shared }, ['refs/remotes/origin/', 'refs/tags/']);
  const lines = [...known].map(
    ([ref, value]) => `${value} ${ref.replace('refs/remotes/origin/', 'refs/heads/')}\n`,
  );
  await writeFile(join(mirror, 'packed-refs'), Buffer.from(`# pack-refs with:\n${lines.join('')}`, 'latin1'));
}

/** Needs the mirror's turn. */
export async function discardMirror(place: MirrorPlace): Promise<void> {
  await rm(place.gitDir, { recursive: true, force: true });
}

/** All mirrors of a repository that is no more. */
export async function discardMirrors(mirrors: string, repo: string): Promise<void> {
  await rm(join(mirrors, repo), { recursive: true, force: true });
}
