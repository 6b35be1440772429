/**
 * Git workers and host gits of a daemon that was killed live on for a moment, or, talking to a remote, for long. Before
 * anything is read, those of the same state directory are ended: from then on nobody else writes there.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GitisoError } from '../../shared/errors';

/** Every child of the daemon carries the state directory under this name in its environment. */
export const stateVariable = 'GITISO_STATE';

const waitMs = 5000;
const pollMs = 10;

/** Returns how many there were. Needs the state lock. Throws 'storage-failed' when one can not be ended. */
export async function endOrphans(stateDirectory: string): Promise<number> {
  const deadline = performance.now() + waitMs;
  let left = await findOrphans(stateDirectory);
  const found = left.length;
  while (left.length > 0) {
    for (const pid of left) kill(pid);
    if (performance.now() > deadline)
      throw new GitisoError('storage-failed', `process ${String(left[0])} of an earlier daemon does not end`);
    await sleep(pollMs);
    left = await findOrphans(stateDirectory);
  }
  return found;
}

/** What a remote's hook or an ssh started by itself is not the daemon's to end: it has another name. */
async function findOrphans(stateDirectory: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const wanted = Buffer.from(`\0${stateVariable}=${stateDirectory}\0`);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`).catch(() => Buffer.alloc(0));
      if (!Buffer.concat([Buffer.of(0), environment]).includes(wanted)) return [];
      const name = await readFile(`/proc/${pid}/comm`, 'latin1').catch(() => '');
      return /^(bwrap|git|node|ssh|MainThread)/.test(name) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
