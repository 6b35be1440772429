/**
 * Stores checked loose objects of an agent. libgit2 recomputes their hash, with SHA-1 collision detection, from the files as
 * they were written; only then they get into the repository. The agent's own compression is not kept. Runs in a worker.
 */
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Oid } from '../../shared/ids';
import { openLoose, type LooseFile } from './loose-file';
import type { NodeGit } from './nodegit';
import { looseObjectPath } from './sync-loose-object';
import type { Refusal } from './worker-protocol';

/** They were within the limits when they were checked. */
const largestBytes = 2 ** 30;
const compressionLevel = 1;

/**
 * Few and small: written at once, which is quicker than a thread for each, and placed in their order, so that what an object
 * names is there before it. What is there already is not replaced.
 */
export async function writeLoose(
  git: NodeGit,
  gitDirectory: string,
  files: readonly LooseFile[],
): Promise<Refusal | null> {
  if (files.length === 0) return null;
  // Within the repository, as git does it: a confined worker sees nothing else, and links do not leave a mount.
  const folder = mkdtempSync(join(gitDirectory, 'objects', 'tmp_offered-'));
  try {
    for (const { id, bytes } of files) {
      const object = openLoose(bytes, largestBytes);
      if (object === null) return unfit(id);
      const header = Buffer.from(`${object.type} ${String(object.content.length)}\0`);
      const path = join(folder, id.slice(0, 2), id.slice(2));
      mkdirSync(dirname(path), { recursive: true });
      const data = deflateSync(Buffer.concat([header, object.content]), { level: compressionLevel });
      writeFileSync(path, data, { mode: 0o444, flag: 'wx' });
    }
    const odb = await git.Odb.open(folder);
    const hashed = await Promise.all(
      files.map(({ id }) =>
        odb.read(git.Oid.fromString(id)).then(
          () => true,
          () => false,
        ),
      ),
    );
    const wrong = files.find((_, index) => hashed[index] !== true);
    if (wrong !== undefined) return unfit(wrong.id);
    for (const { id } of files) placeOne(folder, gitDirectory, id);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function placeOne(folder: string, gitDirectory: string, id: Oid): void {
  const target = looseObjectPath(gitDirectory, id);
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(join(folder, id.slice(0, 2), id.slice(2)), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function unfit(id: string): Refusal {
  return { kind: 'invalid', rule: 'object-hash', reason: `object ${id} does not hash to its name` };
}
