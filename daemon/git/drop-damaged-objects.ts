/**
 * After a power loss a loose object may exist with an empty or cut content. It must go before libgit2 sees it:
 * libgit2 1.9.1 loops for ever on a truncated one, and it would not write the good one over it.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

/**
 * Looks at the loose objects written since `since` and at all empty ones; returns how many were removed. Older ones
 * were made durable by a checkpoint of the journal.
 */
export async function dropDamagedObjects(gitDirectory: string, since: Date): Promise<number> {
  const objects = join(gitDirectory, 'objects');
  const folders = (await readdir(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  let dropped = 0;
  for (const folder of folders) {
    const names = (await readdir(join(objects, folder))).filter((name) => /^[0-9a-f]{38}$/.test(name));
    for (const name of names) {
      const path = join(objects, folder, name);
      const { size, mtimeMs } = await stat(path);
      if (size > 0 && mtimeMs < since.getTime()) continue;
      if (await isWhole(path, folder + name)) continue;
      await unlink(path);
      dropped += 1;
    }
  }
  return dropped;
}

async function isWhole(path: string, id: string): Promise<boolean> {
  try {
    const content = inflateSync(await readFile(path));
    return createHash('sha1').update(content).digest('hex') === id;
  } catch {
    return false;
  }
}
