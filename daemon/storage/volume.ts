/**
 * A file system of an agent's own: one sparse ext4 image, so that what the agent writes is bounded in bytes and
 * inodes by the kernel and filling it is this agent's trouble alone. The image is mounted where only root can go;
 * the container gets its folders from there, and the work tree is shown on the host without exec, suid and devices.
 *
 * Every place that is named here lies in a folder that only the daemon can write, so no path can be swapped.
 */
import { lstat, mkdir, open, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { AgentLayout } from '../layout';
import { readMounts } from './mount-table';
import { runSystemProgram } from './system-program';

export type VolumePlace = Pick<AgentLayout, 'image' | 'volume' | 'workspace'>;

export interface VolumeSize {
  readonly bytes: number;
  readonly inodes: number;
}

/** Enough for the few metadata an agent's file system has under way; the default of mke2fs is up to a gibibyte. */
const journalMebibytes = 4;
/** `discard`: what the agent deletes is given back to the host. `noinit_itable`: the image stays sparse. */
const volumeOptions = 'loop,nosuid,nodev,noatime,noinit_itable,discard,errors=remount-ro';
const shownOptions = ['nosuid', 'nodev', 'noexec'] as const;

/** Makes the image and its mount point; both must not exist. Throws 'storage-failed'. */
export async function makeVolume(place: VolumePlace, { bytes, inodes }: VolumeSize): Promise<void> {
  try {
    const image = await open(place.image, 'wx', 0o600);
    try {
      await image.truncate(bytes);
    } finally {
      await image.close();
    }
    await mkdir(place.volume, { mode: 0o700 });
  } catch (cause) {
    throw new GitisoError('storage-failed', "the agent's file system could not be made", { cause });
  }
  const extended = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0';
  const made = await runSystemProgram('mkfs.ext4', [
    ...['-q', '-F', '-m', '0', '-N', String(inodes), '-J', `size=${journalMebibytes}`, '-E', extended],
    place.image,
  ]);
  if (made.exitCode !== 0) throw failed("the agent's file system could not be made", made.said);
}

/**
 * Mounts what is not mounted yet: the image, and the work tree's place on the host as soon as the image holds one. Can
 * be repeated, also after a daemon was killed anywhere in here. Throws 'storage-failed'.
 */
export async function attachVolume(place: VolumePlace): Promise<void> {
  const volume = await findMount(place.volume);
  if (volume === undefined) await mountImage(place);
  else if (!(await isImage(volume.device, place.image))) {
    throw failed("something else is mounted in the place of the agent's file system", place.volume);
  }
  if (await isFolder(join(place.volume, 'workspace'))) await showWorkspace(place);
}

/** What `attachVolume` did, back. `isLazy`: also while somebody on the host still uses the work tree. */
export async function detachVolume(
  place: VolumePlace,
  { isLazy }: { readonly isLazy: boolean },
): Promise<void> {
  await hideWorkspace(place, { isLazy });
  await unmountAll(place.volume, []);
}

/**
 * Takes the work tree's place on the host away. Throws 'storage-failed' while a program on the host uses it, unless
 * `isLazy`: then the program keeps what it has, and nobody else can get there any more.
 */
export async function hideWorkspace(
  place: Pick<VolumePlace, 'workspace'>,
  { isLazy }: { readonly isLazy: boolean },
): Promise<void> {
  await unmountAll(place.workspace, isLazy ? ['--lazy'] : []);
}

/** The same for folders of agents that were moved away while a killed daemon's `mount` was still at work. */
export async function detachStrays(trash: string): Promise<void> {
  const places = (await readMounts()).map(({ mountPoint }) => mountPoint);
  for (const name of ['workspace', 'storage']) {
    for (const place of places) {
      if (dirname(dirname(place)) === trash && basename(place) === name) await unmountAll(place, []);
    }
  }
}

async function mountImage(place: VolumePlace): Promise<void> {
  const args = ['-t', 'ext4', '-o', volumeOptions, place.image, place.volume];
  const first = await runSystemProgram('mount', args);
  if (first.exitCode === 0) return;
  // The kernel replays its journal by itself; what it refuses has damage of the disk below.
  await runSystemProgram('e2fsck', ['-p', place.image]);
  const second = await runSystemProgram('mount', args);
  if (second.exitCode !== 0) throw failed("the agent's file system could not be mounted", second.said);
}

async function showWorkspace(place: VolumePlace): Promise<void> {
  const shown = await findMount(place.workspace);
  if (shown === undefined) {
    await mkdir(place.workspace, { recursive: true, mode: 0o755 });
    const bound = await runSystemProgram('mount', [
      '--bind',
      join(place.volume, 'workspace'),
      place.workspace,
    ]);
    if (bound.exitCode !== 0) throw failed('the work tree could not be shown on the host', bound.said);
  }
  if (shown !== undefined && shownOptions.every((option) => shown.options.has(option))) return;
  const options = ['remount', 'bind', ...shownOptions].join(',');
  const closed = await runSystemProgram('mount', ['-o', options, place.workspace]);
  if (closed.exitCode !== 0) throw failed('the work tree on the host could not be protected', closed.said);
}

/** Several mounts may lie on top of each other when a daemon was killed. */
async function unmountAll(path: string, flags: readonly string[]): Promise<void> {
  const count = (await readMounts()).filter(({ mountPoint }) => mountPoint === path).length;
  for (let index = 0; index < count; index += 1) {
    const ended = await runSystemProgram('umount', ['--no-canonicalize', ...flags, path]);
    if (ended.exitCode !== 0) {
      throw new GitisoError('storage-failed', `the agent's files are in use on the host: ${ended.said}`, {
        hint: 'leave the work tree (a shell, an editor) and try again',
      });
    }
  }
}

async function findMount(path: string) {
  return (await readMounts()).findLast(({ mountPoint }) => mountPoint === path);
}

/** Whether a loop device shows this very file. */
async function isImage(device: string, image: string): Promise<boolean> {
  const path = `/sys/dev/block/${device}/loop/backing_file`;
  const backing = await readFile(path, 'utf8').catch(() => '');
  return backing.trimEnd() === image;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true;
}

function failed(what: string, said: string): GitisoError {
  return new GitisoError('storage-failed', `${what}: ${said}`);
}
