/** What interrupted operations leave: the daemon clears it at its start, so what stays has a reason. */
import { lstat, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinishedWrite } from '../durable-file';
import { findLockLeftovers } from '../state-lock';
import type { Check, Diagnosis, Patient } from './patient';

/** What is under way has a younger one. */
const oldMs = 600_000;

export const checkLeftovers: Check = {
  name: 'leftovers',
  look: async (patient) => [
    ...(await locks(patient)),
    ...(await unfinishedWrites(patient)),
    ...(await trash(patient)),
    ...(await mounts(patient)),
  ],
};

async function locks({ layout, isServing }: Patient): Promise<readonly Diagnosis[]> {
  const { own, others } = await findLockLeftovers(layout.state);
  const dead = [...others, ...(isServing || own === null || own.isAlive ? [] : [own])];
  return dead.map(({ path, pid }) => ({
    id: 'state-lock',
    severity: 'warning',
    where: path,
    what: `a daemon that did not end in order (process ${pid === null ? 'unknown' : String(pid)}) left its lock`,
    advice: 'the next start takes it over by itself; --fix removes it',
    mend: async () => {
      await unlink(path);
      return 'it was removed';
    },
  }));
}

async function unfinishedWrites({ layout }: Patient): Promise<readonly Diagnosis[]> {
  const agents = (await list(layout.agents)).map((name) => join(layout.agents, name));
  const findings: Diagnosis[] = [];
  for (const folder of [layout.audit, layout.removedAgents, layout.repos, ...agents]) {
    for (const name of (await list(folder)).filter(isUnfinishedWrite)) {
      const path = join(folder, name);
      const ageMs = await ageOf(path);
      if (ageMs === null || ageMs < oldMs) continue;
      findings.push({
        id: 'unfinished-write',
        severity: 'warning',
        where: path,
        what: 'a file that was being written when the daemon ended; the one it would have replaced is whole',
        advice: '--fix deletes it',
        mend: async () => {
          await unlink(path);
          return 'it was deleted';
        },
      });
    }
  }
  return findings;
}

/** The daemon empties it in the background; only what stays long is of interest. Nothing in it is opened. */
async function trash({ layout }: Patient): Promise<readonly Diagnosis[]> {
  const findings: Diagnosis[] = [];
  for (const name of await list(layout.trash)) {
    const path = join(layout.trash, name);
    const ageMs = await ageOf(path);
    if (ageMs === null || ageMs < oldMs) continue;
    findings.push({
      id: 'trash',
      severity: 'warning',
      where: path,
      what: `files of a removed agent could not be deleted for ${String(Math.floor(ageMs / 60_000))} minutes`,
      advice:
        'look for immutable files (lsattr, chattr -i) and mounts below it; the daemon tries again at its start',
    });
  }
  return findings;
}

/** A folder on its way out with something mounted in it is not deleted, so that nothing behind the mount is. */
async function mounts({ layout }: Patient): Promise<readonly Diagnosis[]> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((point) => point.startsWith(`${layout.trash}/`));
  return points.map((point) => ({
    id: 'mount',
    severity: 'warning',
    where: point,
    what: 'something is mounted in the folder of a removed agent',
    advice: `umount ${point}; the rest is deleted at the next start`,
  }));
}

async function ageOf(path: string): Promise<number | null> {
  return lstat(path).then(
    ({ ctimeMs }) => Date.now() - ctimeMs,
    () => null,
  );
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
