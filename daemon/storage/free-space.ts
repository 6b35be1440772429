/**
 * How much room the state directory's file system has, asked of the kernel by path (nothing is opened), and the floor
 * below which the daemon takes nothing new: removing agents and deleting refs must still be possible then.
 */
import { statfs } from 'node:fs/promises';
import { GitisoError } from '../../shared/errors';

export interface Space {
  readonly bytes: number;
  readonly totalBytes: number;
  /** null: the file system does not count inodes. */
  readonly inodes: number | null;
  readonly totalInodes: number | null;
}

export interface Floor {
  readonly minFreeBytes: number;
  readonly minFreeInodes: number;
}

/** On a small file system the configured floor would be all of it. */
const largestShare = 0.02;

/** What the daemon's user can still take. Throws what statfs throws. */
export async function readFreeSpace(path: string): Promise<Space> {
  const { blocks, bavail, bsize, files, ffree } = await statfs(path);
  const isCounted = files > 0;
  return {
    bytes: bavail * bsize,
    totalBytes: blocks * bsize,
    inodes: isCounted ? ffree : null,
    totalInodes: isCounted ? files : null,
  };
}

/** What is taken of a whole file system, and its size. */
export async function readTakenSpace(path: string) {
  const { blocks, bfree, bsize, files, ffree } = await statfs(path);
  return {
    usedBytes: (blocks - bfree) * bsize,
    limitBytes: blocks * bsize,
    usedInodes: files - ffree,
    limitInodes: files,
  };
}

/** What is missing, for people; null: there is room. Pure. */
export function missingRoom(space: Space, floor: Floor): string | null {
  const bytes = Math.min(floor.minFreeBytes, Math.floor(space.totalBytes * largestShare));
  if (space.bytes < bytes) return `${space.bytes} bytes are free, the floor is ${bytes}`;
  const inodes = Math.min(floor.minFreeInodes, Math.floor((space.totalInodes ?? 0) * largestShare));
  if (space.inodes !== null && space.inodes < inodes)
    return `${space.inodes} inodes are free, the floor is ${inodes}`;
  return null;
}

export interface Room {
  /** Throws 'storage-full' below the floor. Costs nothing: while there is room, the kernel is asked every `maxAgeMs`. */
  readonly require: () => Promise<void>;
}

/** An agent can not write more than its limits of size in so short a time, and the floor is far larger. */
const maxAgeMs = 1000;

export function createRoom(
  look: () => Promise<Space>,
  floor: () => Floor,
  now: () => number = () => performance.now(),
): Room {
  let enoughAt: number | null = null;
  return {
    require: async () => {
      if (enoughAt !== null && now() - enoughAt <= maxAgeMs) return;
      const missing = missingRoom(await look(), floor());
      enoughAt = missing === null ? now() : null;
      if (missing !== null) {
        throw new GitisoError(
          'storage-full',
          `the host's disk is nearly full: nothing new is accepted (${missing})`,
        );
      }
    },
  };
}
