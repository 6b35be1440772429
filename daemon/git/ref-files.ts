/**
 * The refs of a store as git's files backend keeps them, read where they lie: a file takes some microseconds, a thread or
 * a worker for it longer than all else of a transaction. For the daemon's own stores only.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assertOid, type Oid, type RefName } from '../../shared/ids';

export interface RefFiles {
  /** null: there is none. 'unclear': not a plain value, or in too large a file, so that libgit2 has to say what it is. */
  readonly read: (ref: RefName) => Oid | null | 'unclear';
  /**
   * The name of an existing ref below, or above, a new one, or null: libgit2 does not see that both can not exist beside
   * each other.
   */
  readonly conflicting: (ref: RefName) => string | null;
}

const plainValue = /^[0-9a-f]{40}\n?$/;
const idLength = 40;
/** To be read as a whole and kept: about 250,000 refs. */
const largestPacked = 16 * 1024 * 1024;

export function createRefFiles(gitDirectory: string): RefFiles {
  const packedPath = join(gitDirectory, 'packed-refs');
  let packed = { stamp: '', text: '' };

  const statPacked = () => statSync(packedPath, { bigint: true, throwIfNoEntry: false });

  /** Replaced as a whole by whoever writes it; read again only then. */
  function packedRefs(status: ReturnType<typeof statPacked>): string {
    const stamp = status === undefined ? '' : `${status.ino} ${status.size} ${status.mtimeNs}`;
    if (stamp !== packed.stamp)
      packed = { stamp, text: stamp === '' ? '' : readFileSync(packedPath, 'latin1') };
    return packed.text;
  }

  function readLoose(ref: RefName): Oid | null | 'unclear' {
    try {
      const text = readFileSync(join(gitDirectory, ref), 'latin1');
      return plainValue.test(text) ? assertOid(text.slice(0, idLength)) : 'unclear';
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code) ? null : 'unclear';
    }
  }

  function readPacked(ref: RefName): Oid | null | 'unclear' {
    const status = statPacked();
    if (status !== undefined && status.size > largestPacked) return 'unclear';
    const text = packedRefs(status);
    // Searched as it is: with many refs, splitting it into lines would take longer than the rest of a transaction.
    const end = text.indexOf(` ${ref}\n`);
    return end < 0 ? null : assertOid(text.slice(end - idLength, end));
  }

  return {
    // In this order: git packs a ref before it takes the file away.
    read: (ref) => readLoose(ref) ?? readPacked(ref),
    conflicting: (ref) => {
      const text = packedRefs(statPacked());
      const parts = ref.split('/');
      for (let length = parts.length - 1; length > 2; length -= 1) {
        const parent = parts.slice(0, length).join('/');
        if (text.includes(` ${parent}\n`) || isFile(join(gitDirectory, parent))) return parent;
      }
      const below = text.indexOf(` ${ref}/`);
      if (below >= 0) return text.slice(below + 1, text.indexOf('\n', below));
      return firstFileBelow(join(gitDirectory, ref), ref);
    },
  };
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

function firstFileBelow(directory: string, name: string): string | null {
  for (const entry of entriesOf(directory)) {
    const path = `${name}/${entry.name}`;
    if (entry.isFile() && !entry.name.endsWith('.lock')) return path;
    if (entry.isDirectory()) {
      const found = firstFileBelow(join(directory, entry.name), path);
      if (found !== null) return found;
    }
  }
  return null;
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
