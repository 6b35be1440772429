/**
 * How long an abbreviated object id is in a repository: git's own rule, `strbuf_add_unique_abbrev` with
 * core.abbrev=auto (object-name.c): half the bits of the number of packed objects, at least 7 digits.
 */
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Oid } from '../../shared/ids';

const maxAgeMs = 10_000;
const shortest = 7;
/** Offset of the last entry of the fan-out table in a version 2 pack index (git's gitformat-pack). */
const totalOffset = 8 + 255 * 4;

/** Makes ids as short as git prints them; what it has counted it takes to be true for ten seconds. */
export function createAbbreviator(gitDirectory: string): (id: Oid) => Promise<string> {
  let known = { length: 0, at: -Infinity };
  return async (id) => {
    const now = performance.now();
    if (now - known.at > maxAgeMs) known = { length: await abbreviationLength(gitDirectory), at: now };
    return id.slice(0, known.length);
  };
}

async function abbreviationLength(gitDirectory: string): Promise<number> {
  const objects = join(gitDirectory, 'objects');
  const borrowed = await readFile(join(objects, 'info', 'alternates'), 'utf8').catch(() => '');
  const folders = [objects, ...borrowed.split('\n').filter((line) => line.startsWith('/'))];
  const packs = (await Promise.all(folders.map((folder) => listPacks(join(folder, 'pack'))))).flat();
  const counts = await Promise.all(packs.map(countObjects));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bits = total === 0 ? 0 : Math.floor(Math.log2(total)) + 1;
  return Math.max(shortest, Math.ceil(bits / 2));
}

async function listPacks(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.idx')).map((name) => join(folder, name));
}

async function countObjects(indexPath: string): Promise<number> {
  const handle = await open(indexPath, 'r').catch(() => null);
  if (handle === null) return 0;
  try {
    const word = Buffer.alloc(4);
    await handle.read(word, 0, 4, totalOffset);
    return word.readUInt32BE(0);
  } finally {
    await handle.close();
  }
}
