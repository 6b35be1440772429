/**
 * One daemon per state directory. The lock file names its owner by process id, start time and boot, so that a dead
 * owner is told from a living one even when its process id is in use again; a living owner's is never taken.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../shared/errors';
import { syncDirectory } from './durable-file';

export interface StateLock {
  /** How the daemon before this one ended: by itself, killed, or with the machine. */
  readonly before: 'released' | 'killed' | 'rebooted';
  /** Removes the lock unless it has become somebody else's. */
  readonly release: () => Promise<void>;
}

interface Owner {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/<pid>/stat. */
  readonly startTime: string;
  readonly bootId: string;
}

/** Takers in a row that died in the middle of taking over. */
const maxTakeovers = 8;

/** Throws GitisoError 'already-running' or 'storage-failed'. The directory must exist. */
export async function acquireStateLock(stateDirectory: string, pid: number): Promise<StateLock> {
  const path = join(stateDirectory, 'gitisod.lock');
  const owner: Owner = { pid, startTime: (await startTimeOf(pid)) ?? '', bootId: await readBootId() };
  const text = `${JSON.stringify(owner)}\n`;
  let before: StateLock['before'];
  const candidate = `${path}.${String(pid)}-${randomBytes(6).toString('hex')}`;
  try {
    await writeSynced(candidate, text);
    try {
      before = await take(path, candidate, maxTakeovers);
      await removeCandidates(stateDirectory);
      await syncDirectory(stateDirectory);
    } finally {
      await unlink(candidate).catch(ignoreMissing);
    }
  } catch (cause) {
    if (cause instanceof GitisoError) throw cause;
    throw new GitisoError('storage-failed', `cannot lock ${stateDirectory}`, { cause });
  }
  return {
    before,
    release: async () => {
      if ((await readLock(path)) === text) await unlink(path).catch(ignoreMissing);
    },
  };
}

export interface FoundLock {
  readonly path: string;
  /** null: the file does not say. */
  readonly pid: number | null;
  readonly isAlive: boolean;
}

/** The lock that there is, and what takers that were killed while they took it have left. Only reads. */
export async function findLockLeftovers(
  stateDirectory: string,
): Promise<{ readonly own: FoundLock | null; readonly others: readonly FoundLock[] }> {
  const names = (await readdir(stateDirectory)).filter((name) => name.startsWith('gitisod.lock'));
  const found: FoundLock[] = [];
  for (const name of names) {
    const path = join(stateDirectory, name);
    const owner = parseOwner((await readLock(path)) ?? '');
    const isOwnerAlive = owner !== null && (await isAlive(owner));
    found.push({ path, pid: owner?.pid ?? null, isAlive: isOwnerAlive });
  }
  const isOwn = ({ path }: FoundLock): boolean => path.endsWith('/gitisod.lock');
  return { own: found.find(isOwn) ?? null, others: found.filter((one) => !isOwn(one) && !one.isAlive) };
}

/**
 * A link appears with its whole content or not at all, and for one taker only. A dead owner's lock is replaced by
 * whoever holds a second lock, named after that owner and taken in the same way. Returns how the owner before ended.
 */
async function take(path: string, candidate: string, takeoversLeft: number): Promise<StateLock['before']> {
  for (;;) {
    if (await tryLink(candidate, path)) return 'released';
    const found = await readLock(path);
    if (found === null) continue;
    const owner = parseOwner(found);
    if (owner !== null && (await isAlive(owner))) throw alreadyRunning(owner);
    if (takeoversLeft === 0) throw new Error('too many takers died while they took over');
    const claim = `${path}.after-${owner === null ? 'unknown' : `${String(owner.pid)}-${owner.startTime}`}`;
    await take(claim, candidate, takeoversLeft - 1);
    try {
      if ((await readLock(path)) !== found) continue;
      await replaceBy(candidate, path);
      return owner?.bootId === (await readBootId()) ? 'killed' : 'rebooted';
    } finally {
      await unlink(claim);
    }
  }
}

/** Of takers that died; one that is alive fails and tells why. */
async function removeCandidates(stateDirectory: string): Promise<void> {
  for (const name of await readdir(stateDirectory)) {
    const pid = /^gitisod\.lock\.([0-9]+)-[0-9a-f]{12}(\.twin)?$/.exec(name)?.[1];
    if (pid !== undefined && (await startTimeOf(Number(pid))) === null)
      await unlink(join(stateDirectory, name)).catch(ignoreMissing);
  }
}

async function tryLink(candidate: string, path: string): Promise<boolean> {
  try {
    await link(candidate, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A rename between two names of one file does nothing, so the candidate gets a twin that is moved. */
async function replaceBy(candidate: string, path: string): Promise<void> {
  const twin = `${candidate}.twin`;
  await writeSynced(twin, await readFile(candidate, 'utf8'));
  await rename(twin, path);
}

async function readLock(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}

/** null: the content is nobody's, as after a power loss while it was written. */
function parseOwner(text: string): Owner | null {
  try {
    const { pid, startTime, bootId } = JSON.parse(text) as Partial<Owner>;
    if (!Number.isSafeInteger(pid) || typeof startTime !== 'string' || typeof bootId !== 'string')
      return null;
    return /^[0-9]+$/.test(startTime) ? { pid: Number(pid), startTime, bootId } : null;
  } catch {
    return null;
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  return owner.bootId === (await readBootId()) && owner.startTime === (await startTimeOf(owner.pid));
}

/** null: there is no such process, or only its exit code is left. The name in field 2 may hold anything. */
async function startTimeOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function alreadyRunning({ pid }: Owner): GitisoError {
  return new GitisoError(
    'already-running',
    `another daemon (process ${String(pid)}) uses this state directory`,
    {
      details: { pid },
    },
  );
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
