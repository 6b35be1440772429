/**
 * Shares the object files of a user's clone with a new repository by hard links: no copy, no time. Opens no file;
 * takes only names that git gives to objects and packs, and only regular files of the clone's owner.
 */
import { link, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../durable-file';

const fanOutName = /^[0-9a-f]{2}$/;
const objectName = /^[0-9a-f]{38}$/;
/** An .idx comes last: with it the pack counts. */
const packFiles: readonly RegExp[] = [
  /^pack-[0-9a-f]{40}\.pack$/,
  /^pack-[0-9a-f]{40}\.rev$/,
  /^pack-[0-9a-f]{40}\.idx$/,
];

/**
 * Returns false, possibly with some links made (harmless), when links are not possible: another file system, or
 * the clone itself borrows objects. Loose objects go first: a `git gc` in between only moves them to packs.
 */
export async function linkObjects(from: string, to: string, ownerUid: number): Promise<boolean> {
  if (!(await canBeLinked(from, to))) return false;
  try {
    const folders = (await readdir(from)).filter((name) => fanOutName.test(name));
    for (const folder of folders) {
      const names = (await namesIn(join(from, folder))).filter((name) => objectName.test(name));
      if (names.length > 0) await linkFiles(join(from, folder), join(to, folder), names, ownerUid);
    }
    for (let attempt = 1; !(await linkPacks(join(from, 'pack'), join(to, 'pack'), ownerUid)); attempt += 1) {
      if (attempt === 3) return false;
    }
    await syncDirectory(to);
    return true;
  } catch (error) {
    // Too many links to one file, links of others' files forbidden (fs.protected_hardlinks), no links at all.
    if (['EMLINK', 'EPERM', 'EXDEV', 'EACCES', 'ENOTSUP'].includes(errorCode(error))) return false;
    throw error;
  }
}

async function canBeLinked(from: string, to: string): Promise<boolean> {
  for (const name of ['alternates', 'http-alternates']) {
    if (await exists(join(from, 'info', name))) return false;
  }
  return (await stat(from)).dev === (await stat(to)).dev;
}

/** false: a pack vanished in the middle, what it had is in a newer one. */
async function linkPacks(from: string, to: string, ownerUid: number): Promise<boolean> {
  const names = await namesIn(from);
  let complete = true;
  for (const pattern of packFiles) {
    const linked = await linkFiles(
      from,
      to,
      names.filter((name) => pattern.test(name)),
      ownerUid,
    );
    complete = complete && linked;
  }
  return complete;
}

async function linkFiles(
  from: string,
  to: string,
  names: readonly string[],
  ownerUid: number,
): Promise<boolean> {
  await mkdir(to, { recursive: true, mode: 0o755 });
  let complete = true;
  for (const name of names) {
    const target = join(to, name);
    try {
      await link(join(from, name), target);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT') complete = false;
      else if (code !== 'EEXIST') throw error;
      continue;
    }
    // Looked at after the link was made, so that nobody can swap the file in between.
    const linked = await lstat(target);
    if (!linked.isFile() || (linked.uid !== ownerUid && linked.uid !== 0)) await rm(target);
  }
  await syncDirectory(to);
  return complete;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
