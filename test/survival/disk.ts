/** A file system of its own, on a loop device: needs root. */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, run } from './run';

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h). */
const cutPower = 'open(F, "<", $ARGV[0]); ioctl(F, 0x8004587d, my $f = pack("L", 2)) or die "ioctl: $!\\n"';
const filler = 'filler';

export interface Disk {
  readonly folder: string;
  /** All at once, and nothing is written any more. */
  readonly cutPower: () => Promise<void>;
  readonly mount: (how: 'ordered' | 'writeback') => Promise<void>;
  readonly unmount: () => Promise<void>;
  /** The same while somebody still looks at it. */
  readonly detach: () => Promise<void>;
  /** Takes every free byte, those for root as well; `release` gives them back. */
  readonly fill: () => Promise<void>;
  readonly release: () => Promise<void>;
  /** Read-only from now on, as the kernel makes it after an error of the disk. */
  readonly giveUp: () => Promise<void>;
}

/** Within five seconds. */
async function comesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    if (await condition()) return true;
    await sleep(50);
  }
  return false;
}

export async function makeDisk(root: string, megabytes: number): Promise<Disk> {
  const image = join(root, 'disk.img');
  const folder = join(root, 'm');
  mkdirSync(folder, { recursive: true });
  await must('truncate', ['-s', `${String(megabytes)}M`, image]);
  await must('mkfs.ext4', ['-q', '-F', image]);
  return {
    folder,
    cutPower: async () => {
      await must('perl', ['-e', cutPower, folder]);
    },
    mount: async (how) => {
      await must('mount', ['-o', `loop,data=${how},errors=remount-ro`, image, folder]);
    },
    unmount: async () => {
      // A killed process may hold a file for another moment, a sandbox that is being made the file system.
      const isUnmounted = async () => (await run('umount', [folder])).code === 0;
      const isReleased = async () => (await run('losetup', ['--associated', image])).stdout === '';
      if (!(await comesTrue(isUnmounted)) || !(await comesTrue(isReleased)))
        throw new Error(`${folder} can not be unmounted`);
    },
    detach: async () => {
      await must('umount', ['--lazy', folder]);
    },
    fill: async () => {
      const { bfree, bsize } = statfsSync(folder);
      await run('fallocate', ['-l', String(bfree * bsize), join(folder, filler)]);
    },
    release: async () => {
      rmSync(join(folder, filler), { force: true });
      await run('sync', ['-f', folder]);
    },
    giveUp: async () => {
      const device = await must('findmnt', ['-no', 'SOURCE', folder]);
      writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1');
    },
  };
}
