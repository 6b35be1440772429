/**
 * Takes objects out of a repository that some commits alone need. The only place that removes an object: to be used
 * at start, when no agent borrows from the repository, and only for what the attic has its own copy of.
 */
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOid, type Oid } from '../../shared/ids';
import { syncDirectory } from '../durable-file';
import { requireSuccess, type HostGit } from '../git/host-git';
import type { Layout } from '../layout';
import { atticOf } from '../stores';
import { looseObjectPath } from '../git/sync-loose-object';
import { listRefs, localLimits } from './git-refs';
import type { RepoRecord } from './repo-registry';
import { existingObjects, transferObjects } from './transfer-objects';

const limits = { ...localLimits, timeoutMs: 3_600_000, outputLimitBytes: 1024 * 1024 * 1024 };

/** Returns how many there were. Can be interrupted and repeated. */
export async function forgetObjects(
  git: HostGit,
  layout: Layout,
  record: RepoRecord,
  commits: readonly Oid[],
): Promise<number> {
  const gitDir = record.directory;
  const doomed = new Set(await onlyNeededBy(git, layout, record, commits));
  if (doomed.size === 0) return 0;
  for (const id of doomed) await rm(looseObjectPath(gitDir, id), { force: true });
  await syncDirectory(join(gitDir, 'objects'));
  const packs = join(gitDir, 'objects', 'pack');
  for (const name of (await readdir(packs)).filter((file) => /^pack-[0-9a-f]{40}\.idx$/.test(file)))
    await rewritePack(git, gitDir, packs, name.slice(0, -'.idx'.length), doomed);
  return doomed.size;
}

/**
 * Neither the repository's own refs nor those of the mirrors that borrow from it lead to them. The attic has copies of its
 * own of all that are returned.
 */
async function onlyNeededBy(
  git: HostGit,
  layout: Layout,
  record: RepoRecord,
  commits: readonly Oid[],
): Promise<readonly Oid[]> {
  const folder = join(layout.mirrors, record.id);
  const mirrors = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.git'));
  const needed = new Set<Oid>();
  for (const place of [record.directory, ...mirrors.map((name) => join(folder, name))])
    for (const value of (await listRefs(git, { gitDir: place }, [])).values()) needed.add(value);
  // In the attic, which sees all of them, also when a former attempt was interrupted.
  const attic = { gitDir: layout.storeGit(atticOf(record.id)) };
  await transferObjects(git, {
    from: attic,
    to: attic,
    wants: commits,
    haves: [...needed],
    fewAsLoose: false,
    timeoutMs: limits.timeoutMs,
  });
  const known = await existingObjects(git, attic, [...needed]);
  const { stdout } = requireSuccess(
    await git.run(['rev-list', '--objects', '--no-object-names', '--stdin'], {
      ...attic,
      ...limits,
      stdin: [...commits, ...known.map((id) => `^${id}`), ''].join('\n'),
    }),
    'the objects of the snapshots could not be listed',
  );
  return stdout.toString('latin1').split('\n').filter(isOid);
}

/** A pack that holds one of them is written again without them; the new one is durable before the old one goes. */
async function rewritePack(
  git: HostGit,
  gitDir: string,
  packs: string,
  name: string,
  doomed: ReadonlySet<Oid>,
): Promise<void> {
  const { stdout } = requireSuccess(
    await git.run(['show-index'], { gitDir, ...limits, stdin: await readFile(join(packs, `${name}.idx`)) }),
    'a pack could not be read',
  );
  const ids = stdout
    .toString('latin1')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter(isOid);
  const kept = ids.filter((id) => !doomed.has(id));
  if (kept.length === ids.length) return;
  if (kept.length > 0)
    requireSuccess(
      await git.run(['pack-objects', '-q', '--delta-base-offset', join(packs, 'pack')], {
        gitDir,
        ...limits,
        stdin: `${kept.join('\n')}\n`,
      }),
      'a pack could not be written again',
    );
  await syncDirectory(packs);
  // An .idx goes first: without it the pack does not count.
  for (const end of ['idx', 'rev', 'pack']) await rm(join(packs, `${name}.${end}`), { force: true });
  await syncDirectory(packs);
}
