/**
 * Moves the packs that a fetch brought into a mirror to the repository the mirror borrows from, where the agents' git
 * finds them without a transfer. Only adds; durable when it resolves.
 */
import { link, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '../crash-points';
import { syncDirectory } from '../durable-file';

/** An .idx comes last and goes first: with it the pack counts. */
const packFiles: readonly RegExp[] = [
  /^pack-[0-9a-f]{40}\.pack$/,
  /^pack-[0-9a-f]{40}\.rev$/,
  /^pack-[0-9a-f]{40}\.idx$/,
];

/** Git checked the packs (`fetch.fsckObjects`) and synced their files before it gave them their names. */
export async function sharePacks(mirror: string, shared: string): Promise<void> {
  const from = join(mirror, 'objects', 'pack');
  const to = join(shared, 'objects', 'pack');
  const names = await readdir(from);
  const ordered = packFiles.flatMap((pattern) => names.filter((name) => pattern.test(name)));
  if (ordered.length === 0) return;
  for (const name of ordered) {
    await link(join(from, name), join(to, name)).catch((error: unknown) => {
      if (!isThere(error)) throw error;
    });
  }
  crashPoint('mirror:sharing');
  await syncDirectory(to);
  for (const name of ordered.reverse()) await rm(join(from, name), { force: true });
  crashPoint('mirror:shared');
}

function isThere(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 'EEXIST';
}
