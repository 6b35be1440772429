import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 10_000;
const stepMs = 50;

/**
 * That no loop device shows a file below `folder`. The kernel gives a device back a moment after its last user has
 * gone, and a sandbox or container that is being made holds every mount of the host meanwhile.
 */
export async function expectNoLoopDevices(folder: string): Promise<void> {
  for (let waited = 0; waited < patienceMs && loopDevicesBelow(folder).length > 0; waited += stepMs)
    await sleep(stepMs);
  expect(loopDevicesBelow(folder)).toEqual([]);
}

function loopDevicesBelow(folder: string): string[] {
  return execFileSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith(`${folder}/`));
}
