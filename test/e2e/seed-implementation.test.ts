/** Every test case and validation point of the first seed (the implementation plan), by name. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { docker } from '../helpers/docker-socket';
import { makeRepo } from '../helpers/repo';
import { tempDir } from '../helpers/temp-dir';

let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  await addRepo(client, await makeRepo({ files: 30 }));
});

test('TestAgentCreation: create an agent, it has the id asked for and is ready, remove it', async () => {
  const agent = await createAgent(client, 'test-agent', { base: 'main' });
  expect(agent).toMatchObject({
    id: 'test-agent',
    name: 'test-agent',
    branch: 'agent/test-agent',
    base: { ref: 'main' },
    status: 'ready',
    hostDirectory: join(daemon.stateDirectory, 'agents', 'test-agent', 'workspace'),
    image: 'gitiso/base:bookworm',
  });
  expect(agent.containerId).toMatch(/^[0-9a-f]{64}$/);
  expect(Date.parse(agent.createdAt)).not.toBeNaN();
  expect(Date.parse(agent.lastActivity)).not.toBeNaN();
  expect(statSync(agent.hostDirectory).isDirectory()).toBe(true);

  const { removed, snapshot } = await client.call('agent.remove', { id: 'test-agent' });
  expect(removed).toBe(true);
  expect(snapshot).toBe('refs/gitiso/snapshots/test-agent/1');
  await expect(client.call('agent.show', { id: 'test-agent' })).rejects.toMatchObject({
    code: 'agent-not-found',
  });
  expect(await docker('ps', '-aq', '--filter', `id=${agent.containerId ?? ''}`)).toBe('');
  expect(existsSync(agent.hostDirectory)).toBe(false);
});

test('CreateMultiple: agents are created concurrently, each succeeds or fails by itself', async () => {
  const agents = ['m1', 'm2', 'm3'].map((id) => ({ id, repo: 'r', network: 'none' as const }));
  const bad = { id: 'm4', repo: 'r', network: 'none' as const, image: 'gitiso/no-such-image:none' };
  const { results } = await client.call('agent.createMany', { agents: [...agents, bad] });
  expect(results.map(({ id, created, error }) => [id, created, error?.reason ?? null])).toEqual([
    ['m1', true, null],
    ['m2', true, null],
    ['m3', true, null],
    ['m4', false, 'image-not-found'],
  ]);
  const list = await client.call('agent.list', {});
  expect(list.agents.map(({ id }) => id)).toEqual(expect.arrayContaining(['m1', 'm2', 'm3']));
  expect(list.agents.map(({ id }) => id)).not.toContain('m4');
});

test('a container has the environment, the branch and a workspace with the base commit', async () => {
  await createAgent(client, 'env', { environment: { TOOL: 'on' } });
  expect(
    await inAgentOk(client, 'env', 'echo $TOOL; git branch --show-current; ls | wc -l; git config user.name'),
  ).toMatch(/^on\nagent\/env\n *1\n\S/);
});

test('shared SSH keys are off by default; with shareAuth the folder is there, read-only, with a warning', async () => {
  expect((await inAgent(client, 'm1', 'ls ~/.ssh')).exitCode).not.toBe(0);
  const keys = tempDir();
  const { warnings } = await client.call('agent.create', {
    id: 'keys',
    repo: 'r',
    network: 'none',
    shareAuth: keys,
  });
  expect(warnings.join()).toMatch(/key|auth/i);
  const result = await inAgent(client, 'keys', 'touch ~/.ssh/x');
  expect(result.stderr).toMatch(/Read-only file system/);
});

test('ExecuteCommand: output, errors and the exit code come back', async () => {
  const result = await inAgent(client, 'm1', 'echo out; echo err >&2; exit 7');
  expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  const failing = await inAgent(client, 'm1', 'git rev-parse no-such-thing');
  expect(failing.exitCode).toBe(128);
  expect(failing.stderr).toMatch(/unknown revision/);
});

test('SharedObjectPool: agents borrow all objects; a new agent copies none', async () => {
  const count = await inAgentOk(
    client,
    'm2',
    'find /workspace/.git/objects -type f ! -path "*/info/*" | wc -l',
  );
  expect(count.trim()).toBe('0');
  expect(await inAgentOk(client, 'm2', 'git cat-file -t HEAD')).toBe('commit');
});

test('resource monitoring: CPU, memory, processes and disk of an agent', async () => {
  await inAgentOk(
    client,
    'm3',
    'head -c 3000000 /dev/zero > big.bin && git add big.bin && git commit -qm big',
  );
  const stats = await client.call('agent.stats', { id: 'm3' });
  expect(stats).toMatchObject({ id: 'm3', status: 'ready', commits: 1 });
  expect(stats.cpuPercent).toBeGreaterThanOrEqual(0);
  expect(stats.memoryBytes).toBeGreaterThan(0);
  expect(stats.pids).toBeGreaterThan(0);
  expect(stats.disk.workspace?.bytes).toBeGreaterThanOrEqual(3_000_000);
  expect(stats.disk.gitdir?.inodes).toBeGreaterThan(0);
});

test('agents stop and start again with their work', async () => {
  await inAgentOk(client, 'm2', 'echo keep > keep.txt && git add keep.txt');
  expect((await client.call('agent.stop', { id: 'm2' })).agent.status).toBe('stopped');
  await expect(inAgent(client, 'm2', 'true')).rejects.toMatchObject({ code: 'agent-not-ready' });
  expect((await client.call('agent.start', { id: 'm2' })).agent.status).toBe('ready');
  expect(await inAgentOk(client, 'm2', 'git status --porcelain')).toBe('A  keep.txt');
});
