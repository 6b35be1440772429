/** Allocated bytes of a folder that the daemon owns; follows no link. Never for a folder an agent can write. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that vanish meanwhile do not count. */
export async function diskUse(folder: string): Promise<number> {
  let total = 0;
  const pending = [folder];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    total += found.blocks * 512;
    if (!found.isDirectory()) continue;
    const names = await readdir(path).catch(() => []);
    for (const name of names) pending.push(join(path, name));
  }
  return total;
}
