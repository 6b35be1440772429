/**
 * Folders by descriptor: the way *provision* and *teardown* reach what an agent could have written. A name is always
 * one component below an open folder, links are never followed, so a swapped folder stays the one that was opened.
 */
import { constants } from 'node:fs';
import { mkdir, open, symlink, type FileHandle } from 'node:fs/promises';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Opens a folder; the last component must not be a link. The caller closes it. */
export function openDirectory(path: string | Buffer): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** The path of an entry of an open folder, for any file system call. `name` is one component. */
export function entryPath(directory: FileHandle, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new Error(`not one path component: ${JSON.stringify(name.slice(0, 60))}`);
  }
  return `/proc/self/fd/${directory.fd}/${name}`;
}

/** As `entryPath` for names as the kernel gives them, one byte per character. */
export function entryPathBytes(directory: FileHandle, name: string): Buffer {
  return Buffer.from(entryPath(directory, name), 'latin1');
}

/** Makes a folder that must not exist yet, with exactly this mode and owner. */
export async function makeDirectory(
  parent: FileHandle,
  name: string,
  mode: number,
  owner: Owner | null,
): Promise<void> {
  await mkdir(entryPath(parent, name), { mode });
  await withDirectory(entryPath(parent, name), (made) => settle(made, mode, owner));
}

/** Writes a file that must not exist yet, with exactly this mode and owner. The caller syncs and closes it. */
export async function makeFile(
  parent: FileHandle,
  name: string,
  content: string,
  mode: number,
  owner: Owner | null,
): Promise<FileHandle> {
  const file = await open(entryPath(parent, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    await file.writeFile(content);
    await settle(file, mode, owner);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function makeLink(parent: FileHandle, name: string, target: string): Promise<void> {
  return symlink(target, entryPath(parent, name));
}

/** Opens, uses and closes a folder. */
export async function withDirectory<T>(
  path: string | Buffer,
  use: (directory: FileHandle) => Promise<T>,
): Promise<T> {
  const directory = await openDirectory(path);
  try {
    return await use(directory);
  } finally {
    await directory.close();
  }
}

/** The mode is set again because the process's umask took bits away. */
async function settle(made: FileHandle, mode: number, owner: Owner | null): Promise<void> {
  if (owner !== null) {
    const { uid, gid } = await made.stat();
    if (uid !== owner.uid || gid !== owner.gid) await made.chown(owner.uid, owner.gid);
  }
  await made.chmod(mode);
}
