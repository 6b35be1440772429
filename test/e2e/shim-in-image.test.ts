/** The shim as it is shipped, in images: without a libc or git, and in place of an image's own git. */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { baseImage, busyboxImage, dockerSocket } from '../helpers/docker-socket';
import { tempDir } from '../helpers/temp-dir';
import { buildShim } from '../integration/client/shim/shim-world';
import { startFakeDaemon, type Call } from '../integration/client/shim/fake-daemon';

const bin = tempDir();

beforeAll(() => {
  buildShim(bin, '');
  chmodSync(bin, 0o755);
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `docker run --rm` with the shim's folder mounted. */
async function runIn(
  image: string,
  options: readonly string[],
  ...command: readonly string[]
): Promise<Ended> {
  const argv = [
    '-H',
    `unix://${dockerSocket()}`,
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    `${bin}:/gitiso/bin:ro`,
  ];
  try {
    const { stdout, stderr } = await promisify(execFile)('docker', [...argv, ...options, image, ...command]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

test('in an image without libc and git it says that there is no git', async () => {
  expect(await runIn(busyboxImage, [], '/gitiso/bin/git', 'status')).toEqual({
    code: 127,
    stdout: '',
    stderr:
      'fatal: gitiso: no git found in this image (looked in PATH and /usr/bin, /usr/local/bin, /bin, /usr/lib/git-core)\n' +
      'hint: install git in the image; gitiso only stands in front of it\n',
  });
});

test('mounted over the git of the image it finds the other one, and never itself', async () => {
  const over = ['-v', `${join(bin, 'git')}:/usr/bin/git:ro`];
  for (const command of [
    ['git', 'version'],
    ['/usr/bin/git', 'version'],
    ['/gitiso/bin/git', 'version'],
  ]) {
    const { code, stdout } = await runIn(baseImage, over, ...command);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^git version/);
  }
});

test('first in PATH it is invisible where there is no workspace', async () => {
  const script =
    'git init -q /tmp/x && cd /tmp/x && git -c user.name=x -c user.email=x@y commit -qm x --allow-empty && git log --format=%s';
  const result = await runIn(baseImage, ['-e', 'PATH=/gitiso/bin:/usr/bin:/bin'], 'sh', '-c', script);
  expect(result).toEqual({ code: 0, stdout: 'x\n', stderr: '' });
});

test('as first process it reports what the mounts really allow, and ends as the daemon says', async () => {
  const run = tempDir();
  const workspace = tempDir();
  const calls: Call[] = [];
  const daemon = await startFakeDaemon(join(run, 'gitiso.sock'), (call) => {
    calls.push(call);
    return { result: { exitCode: 5 } };
  });

  const mounts = ['-v', `${run}:/gitiso/run:ro`, '-v', `${workspace}:/workspace`];
  const { code } = await runIn(busyboxImage, mounts, '/gitiso/bin/gitiso-init');
  await daemon.stop();

  expect(code).toBe(5);
  expect(calls[0]?.params).toMatchObject({
    git: null,
    mounts: { '/workspace': 'rw', '/gitiso/run': 'ro', '/gitiso/bin': 'ro', '/workspace/.git': 'missing' },
  });
});
