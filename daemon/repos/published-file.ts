/** What was published last to the user's clone: a small file per repository. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Oid, RepoId } from '../../shared/ids';
import { readJson, writeDurably } from '../durable-file';
import type { Layout } from '../layout';
import type { RefMap } from './git-refs';

export async function readPublished(layout: Layout, repo: RepoId): Promise<RefMap> {
  const stored = await readJson(publishedFile(layout, repo)).catch(() => undefined);
  return new Map(
    typeof stored === 'object' && stored !== null ? (Object.entries(stored) as [string, Oid][]) : [],
  );
}

/**
 * Not synced: a lost entry only means that a rewritten branch is not published over its predecessor. With `isDurable`
 * it is: then the file also says which refs of the clone are agents'.
 */
export async function writePublished(
  layout: Layout,
  repo: RepoId,
  published: RefMap,
  isDurable: boolean,
): Promise<void> {
  const file = publishedFile(layout, repo);
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const text = JSON.stringify(Object.fromEntries(published));
  if (isDurable) return writeDurably(file, text, 0o600);
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function publishedNames(layout: Layout, repo: RepoId): Promise<readonly string[]> {
  return [...(await readPublished(layout, repo)).keys()];
}

/** The user has moved these in the clone: they are the user's from now on, whatever was published there before. */
export async function handOver(layout: Layout, repo: RepoId, refs: ReadonlySet<string>): Promise<void> {
  const published = await readPublished(layout, repo);
  const kept = new Map([...published].filter(([ref]) => !refs.has(ref)));
  if (kept.size < published.size) await writePublished(layout, repo, kept, false);
}

/** Forgets what was published from a repository that is removed. */
export async function forgetPublished(layout: Layout, repo: RepoId): Promise<void> {
  await rm(publishedFile(layout, repo), { force: true });
}

function publishedFile(layout: Layout, repo: RepoId): string {
  return join(layout.repos, '.published', `${repo}.json`);
}
