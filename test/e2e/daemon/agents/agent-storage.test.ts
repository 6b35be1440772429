/** Agents with file systems of their own: bounded, hidden, and gone with the agent, whatever is killed in between. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../../client/rpc-client';
import { readMounts } from '../../../../daemon/storage/mount-table';
import { addRepo, createAgent, inAgent, inAgentOk } from '../../../helpers/agents';
import { startDaemon, type TestDaemon } from '../../../helpers/daemon';
import { docker } from '../../../helpers/docker-socket';
import { expectNoLoopDevices } from '../../../helpers/loop-devices';
import { makeRepo } from '../../../helpers/repo';
import { testIf } from '../../../helpers/test-if';

const isRoot = process.getuid?.() === 0;
const asRoot = testIf(isRoot, 'needs root');
const mebibyte = 1024 * 1024;
let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  daemon = await startDaemon({
    config: { agents: { storage: 'image' }, storage: { bytesPerAgent: 64 * mebibyte, inodesPerAgent: 4096 } },
  });
  client = await daemon.connect();
  await addRepo(client, await makeRepo());
});

const folder = (id: string) => join(daemon.stateDirectory, 'agents', id);
const mountsLeft = async () =>
  (await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(`${daemon.stateDirectory}/`));

async function expectNothingLeft(): Promise<void> {
  expect(await mountsLeft()).toEqual([]);
  await expectNoLoopDevices(daemon.stateDirectory);
}

asRoot(
  'an agent that fills its disk, with bytes or with files, hurts itself only (RS-01, RS-02)',
  async () => {
    await Promise.all([createAgent(client, 'full'), createAgent(client, 'other')]);
    const bytes = await inAgent(client, 'full', 'cat /dev/zero > big');
    expect(bytes.stderr).toContain('No space left on device');
    expect(statSync(join(folder('full'), 'storage.img')).blocks * 512).toBeLessThanOrEqual(65 * mebibyte);
    const quarantine = await inAgent(client, 'full', 'head -c 1048576 /dev/zero > .git/objects/x');
    expect(quarantine.stderr).toContain('No space left on device');

    expect(
      await inAgentOk(client, 'other', 'echo x > new && git add new && git commit -qm ok && echo done'),
    ).toBe('done');
    const inodes = await inAgent(client, 'other', 'i=0; while : > f$i; do i=$((i+1)); done; rm -f f*');
    expect(inodes.stderr).toMatch(/No space left on device/);
    expect(
      await inAgentOk(
        client,
        'full',
        'rm big .git/objects/x; echo x > y; git add y; git commit -qm freed; echo done',
      ),
    ).toBe('done');
    const { storage } = await client.call('agent.stats', { id: 'full' });
    expect(storage?.limitBytes).toBeLessThanOrEqual(64 * mebibyte);
    expect(storage?.usedBytes).toBeLessThan(16 * mebibyte);
  },
);

asRoot(
  'the container executes in its work tree, the host can not, and sees neither gitdir nor home',
  async () => {
    await createAgent(client, 'exec');
    const made = "printf '#!/bin/sh\\necho ran\\n' > tool; chmod 4755 tool; ./tool";
    expect(await inAgentOk(client, 'exec', made)).toBe('ran');
    const { agent } = await client.call('agent.show', { id: 'exec' });
    expect(readFileSync(join(agent.hostDirectory, 'tool'), 'utf8')).toContain('ran');
    expect(() => execFileSync(join(agent.hostDirectory, 'tool'), { stdio: 'pipe' })).toThrow(/EACCES/);
    expect(readdirSync(folder('exec')).sort()).toEqual(
      [
        'agent.json',
        'agent.json.copy',
        'host-gitdir',
        'mounts',
        'run',
        'storage',
        'storage.img',
        'workspace',
      ].sort(),
    );
    const status = execFileSync('git', ['-c', 'safe.directory=*', 'status', '--porcelain'], {
      cwd: agent.hostDirectory,
      encoding: 'utf8',
    });
    expect(status).toContain('?? tool');
  },
);

asRoot('after a start of the host everything is mounted again and the work is there', async () => {
  await createAgent(client, 'reboot');
  await inAgentOk(client, 'reboot', 'echo precious > work');
  const { agent } = await client.call('agent.show', { id: 'reboot' });
  await daemon.kill();
  // As a host that starts again: no container runs, nothing is mounted.
  await docker('kill', agent.containerId ?? '');
  for (const { mountPoint } of (await mountsLeft()).reverse())
    if (mountPoint.startsWith(folder('reboot'))) execFileSync('umount', [mountPoint]);
  await daemon.start();
  client = await daemon.connect();
  expect(readFileSync(join(agent.hostDirectory, 'work'), 'utf8')).toBe('precious\n');
  await client.call('agent.start', { id: 'reboot' });
  expect(await inAgentOk(client, 'reboot', 'cat work; git add work; git commit -qm kept; echo done')).toBe(
    'precious\ndone',
  );
});

asRoot('a work tree in use on the host keeps its agent, until it is removed with force', async () => {
  const user = spawn('sleep', ['60'], { cwd: join(folder('exec'), 'workspace') });
  try {
    await inAgentOk(client, 'exec', 'rm tool');
    await expect(client.call('agent.remove', { id: 'exec' })).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('in use on the host') as string,
    });
    expect(existsSync(join(folder('exec'), 'workspace', '.git'))).toBe(true);
    await client.call('agent.remove', { id: 'exec', force: true });
    expect(existsSync(folder('exec'))).toBe(false);
  } finally {
    const ended = new Promise((resolve) => user.once('exit', resolve));
    user.kill('SIGKILL');
    await ended;
  }
});

asRoot('removal and restore keep the work and the size; nothing stays mounted', async () => {
  await inAgentOk(client, 'reboot', 'echo again > untracked');
  await client.call('agent.remove', { id: 'reboot', force: true });
  expect((await mountsLeft()).filter(({ mountPoint }) => mountPoint.includes('reboot'))).toEqual([]);
  const { agent } = await client.call('agent.restore', { id: 'reboot' });
  expect(agent.storage).toEqual({ bytes: 64 * mebibyte, inodes: 4096 });
  expect(await inAgentOk(client, 'reboot', 'cat untracked')).toBe('again');
});

asRoot('a daemon that is killed while it makes agents leaves no mount, no device and no image', async () => {
  for (const delayMs of [30, 90, 150, 250]) {
    const creation = client
      .call('agent.create', { id: 'half', repo: 'r', network: 'none' })
      .catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await daemon.kill();
    await creation;
    await daemon.start();
    client = await daemon.connect();
    for (let round = 0; existsSync(folder('half')) && round < 200; round += 1) {
      const { agents } = await client.call('agent.list', {});
      if (agents.some(({ id, status }) => id === 'half' && status === 'ready')) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await client.call('agent.remove', { id: 'half', force: true }).catch(() => null);
    expect((await mountsLeft()).filter(({ mountPoint }) => mountPoint.includes('half'))).toEqual([]);
  }
});

asRoot('more than the disk could hold is not promised', async () => {
  await expect(createAgent(client, 'huge', { storage: { bytes: 1024 ** 5 } })).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('may grow by') as string,
  });
  expect(existsSync(folder('huge'))).toBe(false);
});

asRoot('when all agents are gone nothing is left of their file systems', async () => {
  const { agents } = await client.call('agent.list', {});
  for (const { id } of agents) await client.call('agent.remove', { id, force: true });
  await expectNothingLeft();
});
