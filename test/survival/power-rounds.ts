/**
 * Rounds of: agents and an administrator at work on a file system of its own, power gone at a random instant, restart, and
 * a look at what is there. The power goes as in xfstests' `godown`: ext4 stops at once, what was not synced and what is in
 * its journal's memory is lost; mounting it again replays the journal as after a reboot.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChance } from './chance';
import { startWork, type Round } from './kill-rounds';
import { must, run } from './run';
import type { ShimTemplate } from './shim-for';
import { makeWorld, type World } from './world';

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h). */
const cutPower = 'open(F, "<", $ARGV[0]); ioctl(F, 0x8004587d, my $f = pack("L", 2)) or die "ioctl: $!\\n"';
const imageMegabytes = 192;
const longestWorkMs = 900;

export interface Disk {
  readonly folder: string;
  /** All at once, and nothing is written any more. */
  readonly cutPower: () => Promise<void>;
  readonly mount: (how: 'ordered' | 'writeback') => Promise<void>;
  readonly unmount: () => Promise<void>;
}

export async function makeDisk(root: string): Promise<Disk> {
  const image = join(root, 'disk.img');
  const folder = join(root, 'm');
  mkdirSync(folder, { recursive: true });
  await must('truncate', ['-s', `${String(imageMegabytes)}M`, image]);
  await must('mkfs.ext4', ['-q', '-F', image]);
  return {
    folder,
    cutPower: async () => {
      await must('perl', ['-e', cutPower, folder]);
    },
    mount: async (how) => {
      await must('mount', ['-o', `loop,data=${how}`, image, folder]);
    },
    unmount: async () => {
      // A killed process may hold a file for another moment.
      for (let attempt = 1; (await run('umount', [folder])).code !== 0; attempt += 1) {
        if (attempt > 100) throw new Error(`${folder} can not be unmounted`);
        await sleep(50);
      }
    },
  };
}

/** A world whose state lies on the disk; the remote and the agents' own folders do not lose power. */
export async function makePowerWorld(
  root: string,
  shim: ShimTemplate,
): Promise<{ readonly world: World; readonly disk: Disk }> {
  const disk = await makeDisk(root);
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
