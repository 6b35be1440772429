/**
 * Deletes folders an agent has written to, after its container is gone: by descriptors, never through a link, never
 * across a mount, with memory that does not grow with the depth or width of the tree.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, opendir, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { syncDirectory } from '../durable-file';
import { isAtOrBelow, readMounts } from '../storage/mount-table';
import { entryPathBytes, withDirectory } from './directory-handle';

/**
 * Moves a folder to the trash under a name that is never used twice: from here on its old name is free and what it
 * held counts as deleted. false: there was nothing. Throws 'storage-failed' when something is mounted below.
 */
export async function moveToTrash(path: string, trash: string, generation: string): Promise<boolean> {
  await mkdir(trash, { recursive: true, mode: 0o700 });
  await refuseMounts(path);
  try {
    await rename(path, join(trash, `${basename(path)}-${generation}`));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new GitisoError('storage-failed', "the agent's folder could not be moved", { cause: error });
  }
  await syncDirectory(trash);
  return true;
}

/**
 * Deletes everything in the trash. Returns the number of entries that could not be deleted (immutable files,
 * errors of the disk); they stay for the next time, as does everything that is left when the signal aborts.
 */
export async function emptyTrash(trash: string, signal: AbortSignal): Promise<number> {
  await mkdir(trash, { recursive: true, mode: 0o700 });
  await refuseMounts(trash);
  return withDirectory(trash, async (top) => {
    const { dev } = await top.stat();
    const state: Sweep = { top, dev, signal, prefix: randomUUID(), failed: 0, moved: 0 };
    let before: number;
    do {
      before = state.moved;
      state.failed = 0;
      await sweep(top, state);
    } while (state.moved > before && !signal.aborted);
    return state.failed;
  });
}

interface Sweep {
  readonly top: FileHandle;
  readonly dev: number;
  readonly prefix: string;
  readonly signal: AbortSignal;
  failed: number;
  /** Folders that were moved up so far: also makes their new names unique. */
  moved: number;
}

/** Few at a time: commits wait for the same threads. */
const batchLength = 8;

/**
 * Deletes what is in a folder of the top level; folders that are not empty and lie deeper are moved up to the top
 * level instead of descended into, so that at most two are open at any time.
 */
async function sweep(directory: FileHandle, state: Sweep): Promise<void> {
  const isTop = directory === state.top;
  let files: string[] = [];
  const removeFiles = async () => {
    const results = await Promise.allSettled(files.map((name) => unlink(entryPathBytes(directory, name))));
    state.failed += results.filter((result) => result.status === 'rejected').length;
    files = [];
  };
  // latin1 keeps the bytes of every name.
  const entries = await opendir(`/proc/self/fd/${directory.fd}`, { encoding: 'latin1', bufferSize: 256 });
  for await (const entry of entries) {
    if (state.signal.aborted) return;
    if (!entry.isDirectory()) {
      files.push(entry.name);
      if (files.length === batchLength) await removeFiles();
      continue;
    }
    try {
      await removeFolder(entryPathBytes(directory, entry.name), isTop, state);
    } catch {
      state.failed += 1;
    }
  }
  await removeFiles();
}

async function removeFolder(path: Buffer, isTop: boolean, state: Sweep): Promise<void> {
  if ((await lstat(path)).dev !== state.dev) throw new Error('a mount is in the way');
  if (await removedEmpty(path)) return;
  await unlockDirectory(path);
  if (isTop) {
    await withDirectory(path, (directory) => sweep(directory, state));
    await removedEmpty(path);
    return;
  }
  await rename(path, entryPathBytes(state.top, `${state.prefix}-${state.moved}`));
  state.moved += 1;
}

/** false: it is not empty, or may not be read until it is unlocked. */
async function removedEmpty(path: Buffer): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Not in node's constants: a descriptor that is a place only, which needs no permission on the file itself. */
const oPath = 0o10000000;

/** Gives the daemon's user access to a folder of its own whose mode forbids it. Never follows a link. */
async function unlockDirectory(path: Buffer): Promise<void> {
  const place = await open(path, oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await chmod(`/proc/self/fd/${place.fd}`, 0o700);
  } finally {
    await place.close();
  }
}

/** Throws 'storage-failed' when the kernel lists a mount at or below the path. */
async function refuseMounts(path: string): Promise<void> {
  const mounts = await readMounts();
  if (mounts.some(({ mountPoint }) => isAtOrBelow(mountPoint, path))) {
    throw new GitisoError('storage-failed', 'something is mounted in the folder that shall be deleted');
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
