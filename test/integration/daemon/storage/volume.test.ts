import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readMounts } from '../../../../daemon/storage/mount-table';
import {
  attachVolume,
  detachStrays,
  detachVolume,
  hideWorkspace,
  makeVolume,
  type VolumePlace,
} from '../../../../daemon/storage/volume';
import { expectNoLoopDevices } from '../../../helpers/loop-devices';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';

const asRoot = testIf(process.getuid?.() === 0, 'needs root');
const size = { bytes: 64 * 1024 * 1024, inodes: 2048 };
const made: VolumePlace[] = [];

function place(folder = tempDir()): VolumePlace {
  const at = {
    image: join(folder, 'storage.img'),
    volume: join(folder, 'storage'),
    workspace: join(folder, 'workspace'),
  };
  made.push(at);
  return at;
}

async function madeVolume(): Promise<VolumePlace> {
  const at = place();
  await makeVolume(at, size);
  await attachVolume(at);
  mkdirSync(join(at.volume, 'workspace'));
  await attachVolume(at);
  return at;
}

const mountsBelow = async (path: string) =>
  (await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(path));

afterEach(async () => {
  for (const at of made.splice(0)) {
    await detachVolume(at, { isLazy: true });
    await expectNoLoopDevices(dirname(at.image));
  }
});

asRoot('an image is small while it is empty, and bounded in bytes and inodes', async () => {
  const at = await madeVolume();
  const { blocks, size: length } = statSync(at.image);
  expect(length).toBe(size.bytes);
  expect(blocks * 512).toBeLessThan(4 * 1024 * 1024);
  const { files, blocks: all, bsize } = statfsSync(at.volume);
  expect(all * bsize).toBeLessThanOrEqual(size.bytes);
  expect(files).toBeLessThan(2 * size.inodes);
});

asRoot('what fills the file system ends with ENOSPC there and leaves the host its space', async () => {
  const at = await madeVolume();
  const big = join(at.volume, 'workspace', 'big');
  expect(() => writeFileSync(big, Buffer.alloc(size.bytes))).toThrow(/ENOSPC/);
  rmSync(big);
  const many = () => {
    for (let index = 0; index < 3 * size.inodes; index += 1)
      writeFileSync(join(at.volume, 'workspace', `f${String(index)}`), '');
  };
  expect(many).toThrow(/ENOSPC/);
});

asRoot('in the place for the host nothing can be executed, opened as a device or get rights', async () => {
  const at = await madeVolume();
  const inside = join(at.volume, 'workspace');
  writeFileSync(join(inside, 'x'), '#!/bin/sh\necho ran\n', { mode: 0o4755 });
  execFileSync('mknod', [join(inside, 'null'), 'c', '1', '3']);
  expect(execFileSync(join(inside, 'x'), { encoding: 'utf8' })).toBe('ran\n');
  expect(() => execFileSync(join(at.workspace, 'x'), { stdio: 'pipe' })).toThrow(/EACCES/);
  expect(() => readFileSync(join(at.workspace, 'null'))).toThrow(/EACCES/);
  const shown = (await readMounts()).find(({ mountPoint }) => mountPoint === at.workspace);
  expect([...(shown?.options ?? [])]).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec']));
});

asRoot('mounting goes on from wherever a killed daemon stopped', async () => {
  const at = await madeVolume();
  writeFileSync(join(at.volume, 'workspace', 'kept'), 'x');
  await attachVolume(at);
  expect(await mountsBelow(at.volume)).toHaveLength(1);

  await hideWorkspace(at, { isLazy: false });
  await attachVolume(at);
  execFileSync('mount', ['-o', 'remount,bind,nosuid,nodev,exec', at.workspace]);
  await attachVolume(at);
  const shown = (await readMounts()).find(({ mountPoint }) => mountPoint === at.workspace);
  expect(shown?.options.has('noexec')).toBe(true);

  await detachVolume(at, { isLazy: false });
  expect(existsSync(join(at.workspace, 'kept'))).toBe(false);
  await attachVolume(at);
  expect(readFileSync(join(at.workspace, 'kept'), 'utf8')).toBe('x');
});

asRoot('a damaged image is refused with a reason, and a file system that is not the image too', async () => {
  const damaged = place();
  await makeVolume(damaged, size);
  writeFileSync(damaged.image, Buffer.alloc(4096));
  await expect(attachVolume(damaged)).rejects.toMatchObject({ code: 'storage-failed' });

  const other = place();
  await makeVolume(other, size);
  execFileSync('mount', ['-t', 'tmpfs', 'none', other.volume]);
  await expect(attachVolume(other)).rejects.toMatchObject({
    message: expect.stringContaining('something else') as string,
  });
});

asRoot('a work tree that is in use on the host stays, unless it is taken away all the same', async () => {
  const at = await madeVolume();
  const user = spawn('sleep', ['60'], { cwd: at.workspace });
  try {
    await expect(hideWorkspace(at, { isLazy: false })).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('in use') as string,
    });
    await hideWorkspace(at, { isLazy: true });
    expect(await mountsBelow(at.workspace)).toHaveLength(0);
  } finally {
    const ended = new Promise((resolve) => user.once('exit', resolve));
    user.kill('SIGKILL');
    await ended;
  }
});

asRoot('what was mounted in a folder that went to the trash meanwhile is unmounted there', async () => {
  const trash = tempDir();
  const moved = join(trash, 'one-0123');
  mkdirSync(moved);
  const at = place(moved);
  await makeVolume(at, size);
  await attachVolume(at);
  await detachStrays(trash);
  expect(await mountsBelow(trash)).toHaveLength(0);
});
