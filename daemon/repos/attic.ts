/**
 * The attic of a repository: a bare repository with what removed agents left, their snapshots and, of private agents,
 * branches and tags. It borrows the repository's objects, which are never pruned, and is mounted nowhere: neither
 * its refs nor its objects can be seen from a container.
 */
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoId } from '../../shared/ids';
import type { Layout } from '../layout';
import { atticOf, type StoreName } from '../stores';
import {
  borrowObjects,
  discardRepository,
  makeBareRepository,
  placeRepository,
  wayToObjects,
} from './bare-repository';
import { newPrefix, removedPrefix } from './load-repos';

/** Makes the attic unless it is there. Can be called by several at once. */
export async function openAttic(layout: Layout, repo: RepoId): Promise<StoreName> {
  const store = atticOf(repo);
  const gitDir = layout.storeGit(store);
  if (await hasAttic(layout, repo)) return store;
  await mkdir(layout.attic, { recursive: true, mode: 0o700 });
  await chmod(layout.attic, 0o700);
  const temporary = await makeBareRepository(layout.attic);
  try {
    await borrowObjects(temporary, wayToObjects(temporary, layout.repoGit(repo)));
    await placeRepository(temporary, gitDir);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Somebody else was quicker.
    if (!(await hasAttic(layout, repo))) throw error;
  }
  return store;
}

export async function hasAttic(layout: Layout, repo: RepoId): Promise<boolean> {
  return isRepository(layout.storeGit(atticOf(repo)));
}

export async function discardAttic(layout: Layout, repo: RepoId): Promise<void> {
  if (await hasAttic(layout, repo)) await discardRepository(layout.storeGit(atticOf(repo)), layout.attic);
}

export async function isRepository(gitDir: string): Promise<boolean> {
  return stat(join(gitDir, 'HEAD')).then(
    () => true,
    () => false,
  );
}

/** What a killed daemon left half made or half deleted in a folder of repositories. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(newPrefix) || name.startsWith(removedPrefix))
      await rm(join(folder, name), { recursive: true, force: true });
}
