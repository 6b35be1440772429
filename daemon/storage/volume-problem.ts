/** Whether this host and this process can make agents' file systems. */
import { access, readFile } from 'node:fs/promises';
import { machineErrorCode } from '../machine-error';
import { findSystemProgram } from './system-program';

/** linux/capability.h */
const capSysAdmin = 21n;

/** What is in the way, for people; null: nothing that can be told without trying. */
export async function volumeProblem(): Promise<string | null> {
  for (const name of ['mkfs.ext4', 'e2fsck', 'mount', 'umount'] as const) {
    if ((await findSystemProgram(name)) === null) return `${name} is not installed`;
  }
  const status = await readFile('/proc/self/status', 'utf8').catch(machineErrorCode);
  if (!/^CapEff:/m.test(status ?? '')) return `the daemon can not read what it may do (${String(status)})`;
  if (!mayMount(status ?? '')) return 'the daemon has no right to mount (CAP_SYS_ADMIN)';
  const hasLoop = await access('/dev/loop-control').then(
    () => true,
    () => false,
  );
  return hasLoop ? null : 'there are no loop devices (/dev/loop-control)';
}

function mayMount(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
}
