/**
 * Ends a command that was started with `docker exec`, which the engine itself can not do. It must never hit a
 * process outside the container: the kernel's control group of the process has to name it.
 */
import { readFile } from 'node:fs/promises';

/**
 * Kills the process group of `pid` (a process id of the host as the engine reports it). false: it is gone, or it
 * is not visible as a process of this container, or this daemon may not signal it.
 */
export async function killExec(pid: number, containerId: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  try {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'latin1');
    if (!groups.includes(containerId)) return false;
  } catch {
    return false;
  }
  // The engine makes every command the leader of its own session, so the group is the command and its children.
  return signal(-pid) || signal(pid);
}

function signal(target: number): boolean {
  try {
    return process.kill(target, 'SIGKILL');
  } catch {
    return false;
  }
}
