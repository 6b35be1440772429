/** Makes one loose object durable. Most objects need not: the journal holds what they are made from. */
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Oid } from '../../shared/ids';

export function looseObjectPath(gitDirectory: string, id: Oid): string {
  return join(gitDirectory, 'objects', id.slice(0, 2), id.slice(2));
}

/** Syncs the file, its folder and `objects`. An object that is in a pack is durable already. */
export async function syncLooseObject(gitDirectory: string, id: Oid): Promise<void> {
  const path = looseObjectPath(gitDirectory, id);
  try {
    await syncPath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await syncPath(dirname(path));
  await syncPath(join(gitDirectory, 'objects'));
}

export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
