/**
 * What breaks under a daemon that serves: its disk, its descriptors, its memory, its clock, its sockets, and what a
 * hand on the host does. Each costs at most the request in flight, says what to do, and is over when the cause is.
 */
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../../client/rpc-client';
import type { Finding } from '../../../shared/methods/daemon-doctor';
import { addRepo, createAgent, inAgent, inAgentOk, type CommandResult } from '../../helpers/agents';
import { startDaemon, type TestDaemon } from '../../helpers/daemon';
import { withDescendants } from '../../helpers/child-processes';
import { containersBelow, docker, removeContainer } from '../../helpers/docker-socket';
import { fsckStrict, git } from '../../helpers/git';
import { makeRepo } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';
import { testIf } from '../../helpers/test-if';
import { makeDisk, type Disk } from '../../survival/disk';

const isRoot = process.getuid?.() === 0;
const asRoot = testIf(isRoot, 'mounting and limits of other processes need root');
const clock = join(tempDir(), 'clock');

let disk: Disk | null = null;
let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  writeFileSync(clock, '0');
  let stateDirectory = join(tempDir(), 's');
  if (isRoot) {
    disk = await makeDisk(tempDir(), 160);
    await disk.mount('ordered');
    stateDirectory = join(disk.folder, 's');
  }
  mkdirSync(stateDirectory);
  const jump = join(__dirname, '../../helpers/jump-clock.js');
  const env = { NODE_OPTIONS: `--require ${jump}`, JUMP_CLOCK: clock };
  daemon = await startDaemon({ config: { stateDirectory }, env });
  client = await daemon.connect();
  await addRepo(client, await makeRepo());
  await createAgent(client, 'a');
  await createAgent(client, 'b');
});

/** Nothing acknowledged is missing, whatever happened before. */
afterEach(async () => {
  expect(await commit()).toMatchObject({ exitCode: 0 });
  await fsckStrict(repository());
  expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
});

afterAll(async () => {
  await daemon.stop();
  // The daemon's own helper looks below its usual folder only.
  for (const id of await containersBelow(join(repository(), '../..'))) await removeContainer(id);
  await disk?.detach();
});

function repository(): string {
  const { stateDirectory } = JSON.parse(readFileSync(daemon.configFile, 'utf8')) as {
    stateDirectory: string;
  };
  return join(stateDirectory, 'repos', 'r.git');
}

function agentFolder(id: string): string {
  return join(repository(), '../../agents', id);
}

const commit = (id = 'a'): Promise<CommandResult> =>
  inAgent(client, id, 'git commit -q --allow-empty -m "$(date)" && git rev-parse HEAD');

const head = (id = 'a'): Promise<string> => git(repository(), ['rev-parse', `agent/${id}`]);

async function doctor(fix = false): Promise<readonly Finding[]> {
  return (await client.call('daemon.doctor', { fix })).findings;
}

async function finding(id: string): Promise<Finding | undefined> {
  return (await doctor()).find((one) => one.id === id);
}

/** Commits are refused with a text that says why, and the branch stays where it was. */
async function expectRefused(text: RegExp, id = 'a'): Promise<void> {
  const before = await head(id);
  const refused = await commit(id);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(text);
  expect(await head(id)).toBe(before);
}

test('a daemon with nothing wrong has nothing found but the age of its engine and the size of this disk', async () => {
  const ids = new Set((await doctor()).map(({ id }) => id));
  for (const known of ['engine-outdated', 'file-system', 'disk-low']) ids.delete(known);
  expect([...ids]).toEqual([]);
});

asRoot('a disk that is full: commits say so until there is room, and no restart is needed', async () => {
  await disk?.fill();
  await inAgent(client, 'a', 'for i in $(seq 300); do git commit -q --allow-empty -m "$i" || break; done');
  // The floor speaks first, so that there is room left for what is under way.
  await expectRefused(/nearly full: nothing new is accepted/);
  expect(await finding('disk-full')).toMatchObject({ severity: 'error' });
  await disk?.release();
  expect((await commit()).exitCode).toBe(0);
});

asRoot('a file system that the kernel remounted read-only', async () => {
  await disk?.giveUp();
  const refused = await commit();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(/can ?not be written|Read-only/);
  expect(await finding('read-only')).toMatchObject({ severity: 'error' });
  await restartOnFreshMount();
});

asRoot('a disk that dies: EIO for everything, until it is back and the daemon started again', async () => {
  const before = await head();
  await disk?.cutPower();
  const refused = await commit();
  expect(refused.exitCode).not.toBe(0);
  // The agent's own folders died with it; an administrator is told by the daemon.
  await expect(client.call('agent.create', { id: 'c', repo: 'r', network: 'none' })).rejects.toMatchObject({
    code: expect.stringMatching(/^(storage|worker)-failed$/) as string,
  });
  await restartOnFreshMount();
  expect(await git(repository(), ['merge-base', '--is-ancestor', before, 'agent/a'])).toBe('');
});

/** Ends all that uses the disk, mounts it anew, and starts everything again. */
async function restartOnFreshMount(): Promise<void> {
  const containers = (await client.call('agent.list', {})).agents.flatMap((agent) => agent.containerId ?? []);
  await daemon.kill();
  await docker('kill', ...containers);
  await disk?.unmount();
  await disk?.mount('ordered');
  await daemon.start();
  client = await daemon.connect();
  for (const id of ['a', 'b']) {
    while ((await client.call('agent.show', { id })).agent.status !== 'stopped') await sleep(50);
    await client.call('agent.start', { id });
  }
}

asRoot('no descriptor left: new work is refused or waits, the daemon lives, and goes on', async () => {
  const pid = String(daemon.pid());
  const open = execFileSync('ls', [`/proc/${pid}/fd`], { encoding: 'utf8' })
    .trim()
    .split('\n').length;
  execFileSync('prlimit', ['--pid', pid, `--nofile=${String(open + 1)}:`]);
  try {
    const attempts = await Promise.allSettled([
      daemon.connect().then((one) => one.call('repo.show', { id: 'r' })),
      daemon.connect().then((one) => one.call('repo.show', { id: 'r' })),
      daemon.connect().then((one) => one.call('repo.show', { id: 'r' })),
    ]);
    expect(attempts.some(({ status }) => status === 'rejected')).toBe(true);
    const { storage, ...status } = await client.call('daemon.status', {});
    expect(status.pid).toBe(daemon.pid());
    expect(String(storage.problem)).toMatch(/EMFILE|^null$/);
  } finally {
    execFileSync('prlimit', ['--pid', pid, '--nofile=1024:']);
  }
  const again = await daemon.connect();
  expect(await again.call('repo.show', { id: 'r' })).toMatchObject({ repo: { id: 'r' } });
  again.close();
});

asRoot('a git worker without memory costs the request it serves, and is replaced', async () => {
  await commit();
  const { restarts } = (await client.call('daemon.status', {})).workers;
  expect(workers()).not.toEqual([]);
  for (const worker of workers()) execFileSync('prlimit', ['--pid', String(worker), '--as=4096']);
  const results = [await commit(), await commit(), await commit()];
  for (const { exitCode, stderr } of results.filter((one) => one.exitCode !== 0))
    expect({ exitCode, stderr }).toMatchObject({ stderr: expect.stringMatching(/git worker/) as string });
  const after = (await client.call('daemon.status', {})).workers.restarts;
  expect(results.at(-1)?.exitCode === 0 || after > restarts).toBe(true);
});

/** The workers themselves, not what confines them. */
function workers(): readonly number[] {
  const isWorker = (pid: number): boolean => {
    const [program, ...args] = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
    return program === process.execPath && args.some((one) => one.endsWith('git-worker.js'));
  };
  return withDescendants(daemon.pid()).filter(isWorker);
}

test.each([
  ['back', -10],
  ['forward', 10],
])('a clock that is set %s by ten years: everything works, in order', async (_direction, years) => {
  writeFileSync(clock, String(years * 365 * 86_400));
  process.kill(daemon.pid(), 'SIGUSR2');
  const first = (await commit()).stdout.trim();
  const second = (await commit()).stdout.trim();
  expect(await git(repository(), ['rev-parse', `${second}^`])).toBe(first);
  const { records } = await client.call('audit.tail', { limit: 2 });
  expect((records[1]?.seq ?? 0) - (records[0]?.seq ?? 0)).toBe(1);
  const year = new Date().getUTCFullYear() + years;
  expect(Math.abs(new Date(records[1]?.time ?? 0).getUTCFullYear() - year)).toBeLessThan(2);
  await daemon.kill();
  writeFileSync(clock, '0');
  await daemon.start();
  client = await daemon.connect();
  expect(await head()).toBe(second);
  if (years > 0) expect(await finding('clock-behind')).toMatchObject({ severity: 'warning' });
});

test('a lock held by a living process: the commit says so, the lock stays, others go on', async () => {
  const lock = join(repository(), 'refs/heads/agent/a.lock');
  const holder = spawn('sh', ['-c', 'exec 9>"$0"; echo held; exec sleep 60', lock], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await once(holder.stdout, 'data');
    await expectRefused(/lock/);
    expect((await commit('b')).exitCode).toBe(0);
    expect(await finding('repo-lock')).toMatchObject({
      where: lock,
      fixable: false,
      what: expect.stringContaining(`process ${String(holder.pid)}`) as string,
    });
    await doctor(true);
    expect(existsSync(lock)).toBe(true);
  } finally {
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    rmSync(lock);
  }
});

test('locks that dead processes left are removed at the start', async () => {
  const names = ['refs/heads/agent/a.lock', 'packed-refs.lock', 'HEAD.lock', 'config.lock', 'shallow.lock'];
  await daemon.kill();
  for (const name of names) writeFileSync(join(repository(), name), '');
  await daemon.start();
  client = await daemon.connect();
  for (const name of names) expect(existsSync(join(repository(), name))).toBe(false);
});

test('a socket that somebody deleted: commits fail, doctor --fix opens it again', async () => {
  rmSync(join(agentFolder('a'), 'run/gitiso.sock'));
  await expectRefused(/does not answer/);
  expect((await commit('b')).exitCode).toBe(0);
  const found = (await doctor(true)).find(({ id }) => id === 'agent-socket');
  expect(found).toMatchObject({ fixable: true, fixed: 'it is open again' });
  expect(await finding('agent-socket')).toBeUndefined();
});

test('folders that the daemon generated and somebody deleted are made again', async () => {
  for (const name of ['mounts', 'run']) rmSync(join(agentFolder('a'), name), { recursive: true });
  await client.call('agent.stop', { id: 'a' });
  await expect(client.call('agent.start', { id: 'a' })).rejects.toMatchObject({ code: 'runtime-failed' });
  const fixed = (await doctor(true)).filter((one) => one.fixed !== null).map(({ id }) => id);
  expect(fixed).toContain('agent-mounts');
  await client.call('agent.start', { id: 'a' });
});

test('a container that is killed: the agent is stopped, keeps its files, and starts again', async () => {
  await inAgentOk(client, 'a', 'echo kept > kept');
  await docker('kill', (await client.call('agent.show', { id: 'a' })).agent.containerId ?? '');
  while ((await client.call('agent.show', { id: 'a' })).agent.status !== 'stopped') await sleep(50);
  await client.call('agent.start', { id: 'a' });
  expect(await inAgentOk(client, 'a', 'cat kept; rm kept')).toBe('kept');
});

test('an agent.json that was damaged: the agent is in error, the other works, --fix brings it back', async () => {
  const record = join(agentFolder('a'), 'agent.json');
  await daemon.stop();
  const text = readFileSync(record, 'utf8');
  writeFileSync(record, text.slice(0, 100));
  await daemon.start();
  client = await daemon.connect();
  expect((await commit('b')).exitCode).toBe(0);
  const { agents, damaged } = await client.call('agent.list', {});
  expect(agents.map(({ id }) => id)).toEqual(['b']);
  expect(damaged).toMatchObject([{ id: 'a', error: expect.stringContaining('not JSON') as string }]);
  for (const call of [
    client.call('agent.show', { id: 'a' }),
    client.call('agent.remove', { id: 'a', force: true }),
    client.call('agent.create', { id: 'a', repo: 'r' }),
  ])
    await expect(call).rejects.toMatchObject({
      code: 'state-damaged',
      hint: expect.stringMatching(/doctor/) as string,
    });
  await expect(createAgent(client, 'c', { branch: 'agent/a' })).rejects.toMatchObject({
    code: 'branch-taken',
  });
  await expect(client.call('repo.remove', { id: 'r', force: true })).rejects.toMatchObject({
    code: 'repo-in-use',
  });
  expect(existsSync(join(agentFolder('a'), 'workspace/dir-0'))).toBe(true);
  const found = (await doctor(true)).find(({ id }) => id === 'agent-record');
  expect(found).toMatchObject({ where: record, fixed: 'the record is that of its second copy' });
});

test('a branch that was deleted by hand is told and made again', async () => {
  const before = await head();
  rmSync(join(repository(), 'refs/heads/agent/a'));
  expect((await doctor(true)).find(({ id }) => id === 'branch-lost')).toMatchObject({
    fixed: expect.stringContaining(before.slice(0, 12)) as string,
  });
  expect(await head()).toBe(before);
});
