/** libgit2 does not see that a new ref would lie below, or above, an existing one; git's files backend forbids it. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RefName } from '../../shared/ids';

/** The name of an existing ref that a new ref conflicts with, or null. */
export async function conflictingRef(gitDirectory: string, ref: RefName): Promise<string | null> {
  // Searched as it is: with many refs, splitting it into lines would take longer than the rest of a transaction.
  const packed = await readFile(join(gitDirectory, 'packed-refs'), 'latin1').catch(() => '');
  const parts = ref.split('/');
  for (let length = parts.length - 1; length > 2; length -= 1) {
    const parent = parts.slice(0, length).join('/');
    if (packed.includes(` ${parent}\n`) || (await isFile(join(gitDirectory, parent)))) return parent;
  }
  const below = packed.indexOf(` ${ref}/`);
  if (below >= 0) return packed.slice(below + 1, packed.indexOf('\n', below));
  return firstFileBelow(join(gitDirectory, ref), ref);
}

async function isFile(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function firstFileBelow(directory: string, name: string): Promise<string | null> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = `${name}/${entry.name}`;
    if (entry.isFile() && !entry.name.endsWith('.lock')) return path;
    if (entry.isDirectory()) {
      const found = await firstFileBelow(join(directory, entry.name), path);
      if (found !== null) return found;
    }
  }
  return null;
}
