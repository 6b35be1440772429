/**
 * Rounds of: agents and an administrator at work on a file system of its own, power gone at a random instant, restart, and
 * a look at what is there. The power goes as in xfstests' `godown`: ext4 stops at once, what was not synced and what is in
 * its journal's memory is lost; mounting it again replays the journal as after a reboot.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChance } from './chance';
import { makeDisk, type Disk } from './disk';
import { startWork, type Round } from './kill-rounds';
import type { ShimTemplate } from './shim-for';
import { makeWorld, type World } from './world';

const imageMegabytes = 192;
const longestWorkMs = 900;

/** A world whose state lies on the disk; the remote and the agents' own folders do not lose power. */
export async function makePowerWorld(
  root: string,
  shim: ShimTemplate,
): Promise<{ readonly world: World; readonly disk: Disk }> {
  const disk = await makeDisk(root, imageMegabytes);
  await disk.mount('ordered');
  const world = await makeWorld({ root, state: join(disk.folder, 's'), agents: 2, engine: null, shim });
  return { world, disk };
}

export async function powerRound(world: World, disk: Disk, seed: number, number: number): Promise<Round> {
  const chance = createChance(seed * 100_003 + number);
  const how = chance.pick(['ordered', 'writeback'] as const);
  const workMs = chance.below(longestWorkMs);
  const { daemon } = world;
  const work = startWork(world, chance);
  await work.everybodyServed;
  await sleep(workMs);
  work.excuse();
  await disk.cutPower();
  await daemon.kill('all');
  const { acknowledged, failed } = await work.ended;
  await disk.unmount();
  await disk.mount(how);
  bootAnew(world.state);
  const restartMs = await daemon.start();
  return { number, killed: `power, ${how}`, acknowledged, failed, restartMs, problems: await world.check() };
}

/** What the daemon sees of a reboot: the lock's owner lived under another boot. */
function bootAnew(state: string): void {
  const path = join(state, 'gitisod.lock');
  const owner = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, `${JSON.stringify({ ...owner, bootId: '00000000-0000-0000-0000-000000000000' })}\n`);
}
