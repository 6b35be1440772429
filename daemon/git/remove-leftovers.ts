/**
 * What a killed process can leave in a repository of the daemon's: locks, and objects that have no name yet. Only at
 * start: the daemon is the only writer, and those of an earlier one have ended, so nobody needs them.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinishedWrite } from '../durable-file';
import type { Logger } from '../log';

const lockFile = /\.lock$|^packed-refs\.new$/;
/** libgit2 makes them in `objects`, git also in the folders below it. */
const unfinishedObject = /^tmp_/;

export async function removeLeftovers(gitDirectory: string, log: Logger): Promise<void> {
  const objects = join(gitDirectory, 'objects');
  const folders = (await namesIn(objects)).filter((name) => /^([0-9a-f]{2}|pack|info)$/.test(name));
  const isLock = (name: string) => lockFile.test(name);
  const left = [
    ...(await find(gitDirectory, (name) => isLock(name) || isUnfinishedWrite(name))),
    ...(await find(join(gitDirectory, 'refs'), isLock, true)),
    ...(await find(join(objects, 'info'), isLock)),
    ...(await find(objects, (name) => unfinishedObject.test(name))),
  ];
  for (const folder of folders)
    left.push(...(await find(join(objects, folder), (name) => unfinishedObject.test(name))));
  for (const path of left) await rm(path, { recursive: true, force: true });
  if (left.length > 0) log.info('removed what a killed process left', { gitDirectory, count: left.length });
}

/** What a fetch that failed leaves: git keeps the pack it could not finish. Needs the turn of whoever stores packs there. */
export async function removeUnfinishedPacks(gitDirectory: string): Promise<void> {
  const left = await find(join(gitDirectory, 'objects', 'pack'), (name) => unfinishedObject.test(name));
  for (const path of left) await rm(path, { force: true });
}

async function find(
  folder: string,
  accept: (name: string) => boolean,
  recursive = false,
): Promise<readonly string[]> {
  return (await namesIn(folder, recursive)).filter(accept).map((name) => join(folder, name));
}

async function namesIn(folder: string, recursive = false): Promise<readonly string[]> {
  return readdir(folder, { recursive }).catch(() => []);
}
