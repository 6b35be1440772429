/**
 * Makes the daemon's bare repositories. They are mounted read-only into containers, so they hold HEAD, a minimal
 * config, objects and refs, and never a URL, a hook, a log or anything else of the host.
 */
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { crashPoint } from '../crash-points';
import { syncDirectory, writeDurably } from '../durable-file';
import { newPrefix, removedPrefix } from './load-repos';

/**
 * gc and logs stay off also for an operator who runs git here by hand: agents borrow these objects, and their views link to
 * the loose refs. Git on the host in a workspace reads this too: it wins over the user's own settings, which may name
 * programs by relative paths.
 */
export const repositoryConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	logAllRefUpdates = false
	hooksPath = /dev/null
	fsmonitor = false
[diff]
	ignoreSubmodules = all
[submodule]
	recurse = false
[gc]
	auto = 0
	packRefs = false
	pruneExpire = never
`;

/** An empty repository under a temporary name in `repos/`; `publishRepository` gives it its place. */
export async function makeBareRepository(repos: string): Promise<string> {
  const path = await mkdtemp(join(repos, newPrefix));
  await chmod(path, 0o755);
  for (const folder of ['objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'refs/tags']) {
    await mkdir(join(path, folder), { mode: 0o755 });
  }
  await writeFile(join(path, 'config'), repositoryConfig, { mode: 0o644, flush: true });
  await writeHead(path, 'ref: refs/heads/main');
  return path;
}

/** `value` is `ref: <branch>` or an object id. */
export async function writeHead(gitDir: string, value: string): Promise<void> {
  await writeDurably(join(gitDir, 'HEAD'), `${value}\n`, 0o644);
}

/**
 * Makes a new repository read another one's objects too. `path` is what is written, relative to the objects folder; the
 * repository that is borrowed from must never be pruned.
 */
export async function borrowObjects(gitDir: string, path: string): Promise<void> {
  await writeDurably(join(gitDir, 'objects', 'info', 'alternates'), `${path}\n`, 0o644);
}

/** For `borrowObjects`: the way from a repository's objects to another's. */
export function wayToObjects(gitDir: string, from: string): string {
  return relative(join(gitDir, 'objects'), join(from, 'objects'));
}

/** The rename that makes a finished repository appear, durably. */
export async function placeRepository(temporary: string, gitDir: string): Promise<void> {
  for (const folder of ['objects/pack', 'objects/info', 'objects', 'refs/heads', 'refs/tags', 'refs', '.']) {
    await syncDirectory(join(temporary, folder));
  }
  await rename(temporary, gitDir);
  await syncDirectory(join(gitDir, '..'));
}

/**
 * Takes a repository away by a rename, so that it is never half there, then deletes it. `forget` removes its record
 * while the renamed folder tells a crashed daemon what was going on.
 */
export async function discardRepository(
  gitDir: string,
  repos: string,
  forget: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const trash = await mkdtemp(join(repos, removedPrefix));
  await rename(gitDir, join(trash, 'repository.git'));
  await syncDirectory(repos);
  crashPoint('repo-remove:renamed');
  await forget();
  await rm(trash, { recursive: true, force: true });
}
