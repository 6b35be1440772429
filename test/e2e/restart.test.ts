/** Killing and restarting the daemon while agents run is invisible to them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { docker } from '../helpers/docker-socket';
import { fsckStrict, git } from '../helpers/git';
import { makeRepo } from '../helpers/repo';

let daemon: TestDaemon;
let client: RpcClient;
let container: string;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  await addRepo(client, await makeRepo());
  container = (await createAgent(client, 'a')).containerId ?? '';
});

async function inContainer(script: string): Promise<string> {
  return (
    await docker('exec', '-w', '/workspace', container, '/bin/sh', '-c', `${script} 2>&1; echo "exit $?"`)
  ).trim();
}

test('while the daemon is down local commands work and a commit says so and exits 128', async () => {
  await daemon.kill();
  expect(await inContainer('PATH=/gitiso/bin:$PATH; echo x > x && git add x && git status --porcelain')).toBe(
    'A  x\nexit 0',
  );
  const refused = await inContainer('PATH=/gitiso/bin:$PATH; git commit -m down');
  expect(refused).toMatch(/the daemon does not answer/);
  expect(refused).toMatch(/exit 128$/);
});

test('after the restart the next command works through the new socket and nothing was deleted (RP-17, CR-12)', async () => {
  await daemon.start();
  client = await daemon.connect();
  expect(await inContainer('PATH=/gitiso/bin:$PATH; git commit -qm up && git log -1 --format=%s')).toBe(
    'up\nexit 0',
  );
  const { agent } = await client.call('agent.show', { id: 'a' });
  expect(agent).toMatchObject({ status: 'ready', containerId: container });
});

test('commits that were acknowledged before a SIGKILL are all there afterwards (CR-09)', async () => {
  for (let round = 0; round < 3; round += 1) {
    const script =
      'PATH=/gitiso/bin:$PATH; for i in 1 2 3 4 5 6 7 8 9 10; do git commit -q --allow-empty -m "$i" && git rev-parse HEAD; done';
    const running = inContainer(script);
    await new Promise((resolve) => setTimeout(resolve, 60 * (round + 1)));
    await daemon.kill();
    await daemon.start();
    client = await daemon.connect();
    const acknowledged = (await running).split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line));
    const repository = join(daemon.stateDirectory, 'repos', 'r.git');
    const history = (await git(repository, ['rev-list', 'agent/a'])).split('\n');
    for (const id of acknowledged) expect(history).toContain(id);
    await fsckStrict(repository);
    expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
  }
});

test('a container that ended while the daemon was away is found stopped, and starts again', async () => {
  await daemon.stop();
  await docker('kill', container);
  await daemon.start();
  client = await daemon.connect();
  // Containers are asked for in the background: the daemon serves before the engine has answered.
  let status = 'ready';
  while (status !== 'stopped') {
    await sleep(20);
    ({ status } = (await client.call('agent.show', { id: 'a' })).agent);
  }
  await client.call('agent.start', { id: 'a' });
  expect(await inAgentOk(client, 'a', 'git status --porcelain')).toBe('');
});

test('when Docker can not be asked at start nothing counts as gone (CR-13)', async () => {
  const { agents } = await client.call('agent.list', {});
  await daemon.stop();
  await daemon.startWith({ docker: { socket: '/nonexistent/docker.sock' } });
  client = await daemon.connect();
  expect((await client.call('agent.list', {})).agents.map(({ id }) => id)).toEqual(
    agents.map(({ id }) => id),
  );
  expect(await client.call('daemon.status', {})).toMatchObject({ runtime: { available: false } });
  expect(await inContainer('PATH=/gitiso/bin:$PATH; git commit -q --allow-empty -m "no docker needed"')).toBe(
    'exit 0',
  );
});
