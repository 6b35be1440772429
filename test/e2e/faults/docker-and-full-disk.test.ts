/** What breaks around the daemon: the disk fills, Docker goes away in the middle. A clear error, and nothing half made. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../../helpers/agents';
import { startDaemon, type TestDaemon } from '../../helpers/daemon';
import { docker } from '../../helpers/docker-socket';
import { openEngineWire, type EngineWire } from '../../helpers/engine-wire';
import { fsckStrict, git } from '../../helpers/git';
import { makeRepo } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';
import { testIf } from '../../helpers/test-if';

describe('Docker stopped in the middle', () => {
  let wire: EngineWire;
  let daemon: TestDaemon;
  let client: RpcClient;

  beforeAll(async () => {
    wire = await openEngineWire();
    daemon = await startDaemon({ config: { docker: { socket: wire.socket } } });
    client = await daemon.connect();
    await addRepo(client, await makeRepo());
  });

  afterAll(() => wire.close());

  async function expectNothingLeft(id: string): Promise<void> {
    const bare = join(daemon.stateDirectory, 'repos', 'r.git');
    await expect(client.call('agent.show', { id })).rejects.toMatchObject({ code: 'agent-not-found' });
    expect(await git(bare, ['for-each-ref', `refs/heads/agent/${id}`])).toBe('');
    expect(existsSync(join(daemon.stateDirectory, 'agents', id))).toBe(false);
  }

  test('an agent that is created while Docker is away fails with a typed error and leaves nothing', async () => {
    wire.cut();
    await expect(createAgent(client, 'gone')).rejects.toMatchObject({ code: 'runtime-unavailable' });
    wire.mend();
    await expectNothingLeft('gone');
  });

  test.each(['/containers/create', '/start'])(
    'Docker goes away at %s: the creation is undone',
    async (request) => {
      const id = `cut-${request.split('/').at(-1) ?? ''}`;
      wire.cutAt(request);
      await expect(createAgent(client, id)).rejects.toMatchObject({
        code: expect.stringMatching(/^runtime-/) as string,
      });
      wire.mend();
      // What could not be undone without the engine is undone as soon as it answers again.
      await untilGone(id);
      await expectNothingLeft(id);
      const agent = await createAgent(client, id);
      expect(agent.status).toBe('ready');
    },
  );

  test('a missing image is named, and nothing is left', async () => {
    await expect(createAgent(client, 'noimage', { image: 'gitiso/nope:1' })).rejects.toMatchObject({
      code: 'image-not-found',
      message: expect.stringContaining('gitiso/nope:1') as string,
    });
    await expectNothingLeft('noimage');
  });

  test('commits do not need Docker at all', async () => {
    await createAgent(client, 'works');
    const id = (await client.call('agent.show', { id: 'works' })).agent.containerId ?? '';
    wire.cut();
    const output = await docker(
      'exec',
      '-w',
      '/workspace',
      id,
      '/gitiso/bin/git',
      'commit',
      '--allow-empty',
      '-m',
      'on its own',
    );
    expect(output).toMatch(/on its own/);
    expect((await client.call('agent.list', {})).agents.find((agent) => agent.id === 'works')?.status).toBe(
      'ready',
    );
    wire.mend();
  });

  async function untilGone(id: string): Promise<void> {
    const isThere = async () => (await client.call('agent.list', {})).agents.some((agent) => agent.id === id);
    while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await docker('ps', '-aq', '--filter', `label=gitiso.agent=${id}`)).toBe('');
  }
});

describe('a full disk', () => {
  const canMount = process.getuid?.() === 0;
  const withMounts = testIf(canMount, 'mounting a small file system needs root');

  withMounts(
    'commits are refused while there is no room, nothing is lost, and all works again afterwards (CR-14)',
    async () => {
      const disk = tempDir();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]);
      try {
        mkdirSync(join(disk, 's'));
        const daemon = await startDaemon({ config: { stateDirectory: join(disk, 's') } });
        const client = await daemon.connect();
        await addRepo(client, await makeRepo());
        await createAgent(client, 'full');
        const before = await inAgentOk(
          client,
          'full',
          'git commit -q --allow-empty -m before && git rev-parse HEAD',
        );

        fill(disk);
        const refused = await inAgent(
          client,
          'full',
          'for i in $(seq 400); do git commit -q --allow-empty -m "no room $i" || exit 1; done',
        );
        expect(refused.exitCode).not.toBe(0);
        expect(refused.stderr).toMatch(/can not be written|No space left|nearly full/);
        const head = await inAgentOk(client, 'full', 'git rev-parse HEAD');
        rmSync(join(disk, 'ballast'));

        const after = await inAgentOk(
          client,
          'full',
          'git commit -q --allow-empty -m after && git rev-parse HEAD^',
        );
        expect(after).toBe(head);
        const repository = join(disk, 's', 'repos', 'r.git');
        expect(await git(repository, ['merge-base', '--is-ancestor', before, 'agent/full'])).toBe('');
        await fsckStrict(repository);
        expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
        await client.call('agent.remove', { id: 'full', force: true });
        await daemon.stop();
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    },
  );

  /** Leaves not even a page. */
  function fill(disk: string): void {
    const { bavail, bsize } = statfsSync(disk);
    const ballast = join(disk, 'ballast');
    let size = bavail * bsize;
    while (size > 0) {
      try {
        writeFileSync(ballast, Buffer.alloc(Math.min(size, 1024 * 1024)), { flag: 'a' });
        size -= 1024 * 1024;
      } catch {
        return;
      }
    }
  }
});
