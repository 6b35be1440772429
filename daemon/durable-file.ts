/** Small files that survive a crash: whole or not at all, never half. Only for folders the daemon owns. */
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crashPoint } from './crash-points';
import { GitisoError } from '../shared/errors';

/** Names of unfinished writes: `.<name>.<random>.tmp`; a crash may leave one behind, it is safe to delete at start. */
const temporaryName = /^\..+\.[0-9a-z]+\.tmp$/;

export function isUnfinishedWrite(name: string): boolean {
  return temporaryName.test(name);
}

/**
 * Writes beside the file, syncs, renames over it and syncs the folder: durable when it resolves, the old content
 * stays when it rejects. Throws 'storage-failed'.
 */
export async function writeDurably(path: string, data: string | Buffer, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    crashPoint('file:written');
    await rename(temporary, path);
    crashPoint('file:renamed');
    await syncDirectory(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new GitisoError('storage-failed', `${basename(path)} could not be written`, { cause });
  }
}

/** The second copy of a record: what `doctor --fix` mends a damaged one from. */
export function copyOf(path: string): string {
  return `${path}.copy`;
}

/**
 * Writes a record durably, then its second copy, which is not worth waiting for the disk: it is of use only when the
 * record itself is damaged by something else than a crash. Throws 'storage-failed' when the record can not be written.
 */
export async function writeRecord(path: string, data: string, mode: number): Promise<void> {
  await writeDurably(path, data, mode);
  const copy = copyOf(path);
  const temporary = join(dirname(copy), `.${basename(copy)}.${Math.random().toString(36).slice(2)}.tmp`);
  try {
    await writeFile(temporary, data, { mode });
    await rename(temporary, copy);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Removes a record and its copy; not durable before the folder is synced. */
export async function removeRecord(path: string): Promise<void> {
  await rm(copyOf(path), { force: true });
  await rm(path, { force: true });
}

/** What `readJson` could not do, for people. */
export function readProblem(error: unknown): string {
  const { message, cause } = error as {
    readonly message?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  const code = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
  return `${String(message)}${code}`;
}

/** Says so when a record was written by a newer version of gitiso; nothing of such a record is guessed. */
export function versionProblem(value: unknown, known: number): string | null {
  const version: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'version') : null;
  return typeof version === 'number' && version > known
    ? `it was written by a newer gitiso (version ${String(version)}, this one knows ${String(known)})`
    : null;
}

/** Makes the entries of a folder (created, renamed, removed files) durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The parsed content, or undefined when there is no such file. Throws 'storage-failed' when it is unreadable or not JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new GitisoError('storage-failed', `${basename(path)} could not be read`, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GitisoError('storage-failed', `${basename(path)} is damaged: it is not JSON`, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 'ENOENT';
}
