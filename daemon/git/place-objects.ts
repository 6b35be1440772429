/** Moves checked objects from a staging folder into a repository, by links. What is there already is never replaced. */
import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '../crash-points';
import type { Oid } from '../../shared/ids';
import { syncDirectory } from '../durable-file';
import { looseObjectPath } from './sync-loose-object';

/** One that is not in the staging folder was in the repository before. */
export async function placeLoose(folder: string, gitDir: string, ids: readonly Oid[]): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      const target = looseObjectPath(gitDir, id);
      await mkdir(join(target, '..'), { recursive: true });
      await link(join(folder, id.slice(0, 2), id.slice(2)), target).catch(unless('EEXIST', 'ENOENT'));
      crashPoint('stage:placing');
    }),
  );
  crashPoint('stage:placed');
}

/** An .idx comes last: with it the pack counts. */
export async function placePack(folder: string, gitDir: string): Promise<void> {
  const from = join(folder, 'pack');
  const to = join(gitDir, 'objects', 'pack');
  const names = await readdir(from);
  const ordered = ['.pack', '.rev', '.idx'].flatMap((end) => names.filter((name) => name.endsWith(end)));
  for (const name of ordered) {
    await link(join(from, name), join(to, name)).catch(unless('EEXIST'));
    crashPoint('stage:placing');
  }
  await syncDirectory(to);
  crashPoint('stage:placed');
}

function unless(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null;
    if (typeof code !== 'string' || !codes.includes(code)) throw error;
  };
}
