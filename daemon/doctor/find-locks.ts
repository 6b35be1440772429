/**
 * Lock files in a repository. While the daemon serves it never removes one, because a living process may hold it; at
 * its start it removes all, because it is the only writer.
 */
import { readdir, readlink, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnosis, Patient } from './patient';

/** Longer than the daemon itself ever holds one. */
const waitMs = 1500;
const otherLocks = ['packed-refs.lock', 'HEAD.lock', 'config.lock', 'shallow.lock'];

export async function lockFindings({ isServing }: Patient, gitDir: string): Promise<readonly Diagnosis[]> {
  const before = await findLocks(gitDir);
  if (before.size === 0) return [];
  if (isServing) await sleep(waitMs);
  const now = isServing ? await findLocks(gitDir) : before;
  const findings: Diagnosis[] = [];
  for (const [path, inode] of now) {
    if (before.get(path) !== inode) continue;
    const holder = await findHolder(path);
    const what =
      holder === null ? 'a lock file that no living process holds open' : `process ${holder} holds this lock`;
    findings.push({
      id: 'repo-lock',
      severity: 'error',
      where: path,
      what: `${what}: the ref can not move`,
      advice:
        holder === null
          ? 'make sure that no git runs in this repository, then restart the daemon: it removes the lock'
          : 'wait for that process or end it; nothing but the daemon may write in this repository',
      ...(isServing || holder !== null
        ? {}
        : {
            mend: async () => {
              await unlink(path);
              return 'it was removed';
            },
          }),
    });
  }
  return findings;
}

/** Path to inode. */
async function findLocks(gitDir: string): Promise<ReadonlyMap<string, number>> {
  const below = await readdir(join(gitDir, 'refs'), { recursive: true }).catch(() => [] as string[]);
  const names = [
    ...below.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name)),
    ...otherLocks,
  ];
  const found = new Map<string, number>();
  for (const name of names) {
    const path = join(gitDir, name);
    const held = await stat(path).catch(() => null);
    if (held !== null) found.set(path, held.ino);
  }
  return found;
}

/** The id of a process that has the file open; null: none that this user can see. */
async function findHolder(path: string): Promise<string | null> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [] as string[])) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === path) return pid;
    }
  }
  return null;
}
