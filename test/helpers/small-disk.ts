/** A small ext4 of a test's own on a loop device, whose errors are real ones. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tempDir } from './temp-dir';

export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Leaves not a block; `empty` gives the room back. */
  readonly fill: () => void;
  readonly empty: () => void;
  /** Read-only from now on, as the kernel makes it after an error of the disk. */
  readonly giveUp: () => void;
  /** From now on every access ends with EIO, as after a disk that died. */
  readonly fail: () => void;
  /** Mounts it anew, when nobody uses it: what was synced is there. */
  readonly revive: () => void;
  readonly remove: () => void;
}

/** EXT4_IOC_SHUTDOWN of the kernel's fs/ext4/ext4.h, with EXT4_GOING_FLAGS_NOLOGFLUSH. */
const shutdownCall = 'open(F,"<",$ARGV[0]) or die; my $f=pack("L",2); ioctl(F,0x8004587d,$f) or die $!';

export function makeSmallDisk(mebibytes: number): SmallDisk {
  const folder = tempDir();
  const image = join(folder, 'image');
  const path = join(folder, 'disk');
  const ballast = join(path, 'ballast');
  mkdirSync(path);
  execFileSync('truncate', ['-s', `${String(mebibytes)}M`, image]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  const mount = () => execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, path]);
  mount();
  return {
    path,
    fill: () => {
      for (let size = 1 << 20; size >= 512; size >>= 1) {
        const { bavail, bsize } = statfsSync(path);
        for (let left = bavail * bsize; left >= 0; left -= size) {
          try {
            writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
          } catch {
            break;
          }
        }
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    giveUp: () => {
      const device = execFileSync('findmnt', ['-no', 'SOURCE', path], { encoding: 'utf8' }).trim();
      writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1');
    },
    fail: () => execFileSync('perl', ['-e', shutdownCall, path]),
    revive: () => {
      execFileSync('umount', [path]);
      mount();
    },
    remove: () => execFileSync('umount', ['-l', path]),
  };
}
