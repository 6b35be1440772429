/** How much room there is, asked of the kernel by path: nothing is opened. */
import { statfs } from 'node:fs/promises';

export interface Space {
  readonly bytes: number;
  /** null: the file system does not count inodes. */
  readonly inodes: number | null;
}

/** What the daemon's user can still take. Throws what statfs throws. */
export async function readFreeSpace(path: string): Promise<Space> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { bytes: bavail * bsize, inodes: files === 0 ? null : ffree };
}

/** What is taken of a whole file system. */
export async function readUsedSpace(path: string): Promise<{ bytes: number; inodes: number }> {
  const { blocks, bfree, bsize, files, ffree } = await statfs(path);
  return { bytes: (blocks - bfree) * bsize, inodes: files - ffree };
}
