import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../../../daemon/runtime/runtime';
import { GitisoError } from '../../../../shared/errors';
import { baseImage, docker } from '../../../helpers/docker-socket';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { openStage, type AgentStage } from './agent-stage';

const open: AgentStage[] = [];

async function startStage(state: string, runtime?: (real: Runtime) => Runtime): Promise<AgentStage> {
  const stage = await openStage({ state, ...(runtime === undefined ? {} : { runtime }) });
  open.push(stage);
  return stage;
}

async function newState(): Promise<{ readonly state: string; readonly stage: AgentStage }> {
  const state = join(tempDir(), 'state');
  const stage = await startStage(state);
  await stage.fixture.add(await makeRepo(), { id: 'r' });
  return { state, stage };
}

async function endStage(stage: AgentStage): Promise<void> {
  open.splice(open.indexOf(stage), 1);
  await stage.end();
}

afterEach(async () => {
  for (const stage of open.splice(0)) {
    await stage.end();
    await stage.removeContainers();
  }
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('it did not happen within 10 s');
    await sleep(20);
  }
}

test('after a restart an agent goes on in its container, and a stopped one stays stopped', async () => {
  const { state, stage } = await newState();
  const { record } = await stage.create('runs');
  await stage.create('rests');
  await stage.life.stop('rests');
  await endStage(stage);

  const again = await startStage(state);
  await until(() => again.life.links.link(record.id) !== undefined);
  await again.life.settled();
  expect(again.registry.list().map(({ id, status }) => [id, status])).toEqual([
    ['rests', 'stopped'],
    ['runs', 'ready'],
  ]);
  expect(again.registry.require('runs').containerId).toBe(record.containerId);
  expect((await again.life.measure('runs')).disk.workspace?.inodes).toBeGreaterThan(1);
});

test('a container that ended or vanished meanwhile makes its agent stopped, and nothing is deleted', async () => {
  const { state, stage } = await newState();
  const ended = (await stage.create('ended')).record;
  const vanished = (await stage.create('vanished')).record;
  await stage.sh('vanished', 'echo work > work');
  await endStage(stage);
  await docker('kill', ended.containerId ?? '');
  await docker('rm', '-f', vanished.containerId ?? '');

  const again = await startStage(state);
  await again.life.settled();
  expect(again.registry.require('ended')).toMatchObject({
    status: 'stopped',
    containerId: ended.containerId,
  });
  expect(again.registry.require('vanished')).toMatchObject({ status: 'stopped', containerId: null });
  await again.life.start('vanished', new AbortController().signal);
  expect(await again.sh('vanished', 'cat work')).toBe('work');
});

test('while the engine can not be asked nothing counts as gone; later it is asked again', async () => {
  const { state, stage } = await newState();
  const { record } = await stage.create('waits');
  await endStage(stage);
  await docker('kill', record.containerId ?? '');

  let isAway = true;
  const again = await startStage(state, (real) => ({
    ...real,
    list: () => (isAway ? Promise.reject(new Error('away')) : real.list()),
  }));
  await sleep(300);
  expect(again.registry.require('waits').status).toBe('ready');
  isAway = false;
  await again.life.settled();
  expect(again.registry.require('waits').status).toBe('stopped');
});

describe('a creation that a killed daemon left', () => {
  /** Hangs for ever at one call of the engine, like a daemon that is killed there. */
  const hangAt = (step: 'create' | 'start') => (real: Runtime) => ({
    ...real,
    [step]: async (argument: never) => {
      if (step === 'start') await real.start(argument);
      reached();
      return new Promise<never>(() => undefined);
    },
  });
  let reached: () => void = () => undefined;

  test.each(['create', 'start'] as const)('at the step "%s" is undone at the next start', async (step) => {
    const first = await newState();
    await endStage(first.stage);
    const stage = await startStage(first.state, hangAt(step));
    const hanging = new Promise<void>((resolve) => (reached = resolve));
    void stage.create('half').catch(() => undefined);
    await hanging;
    const bare = join(first.state, 'repos/r.git');
    while ((await git(bare, ['for-each-ref', 'refs/heads/agent/half'])) === '') await sleep(20);
    await endStage(stage);
    expect(existsSync(join(first.state, 'agents/half/agent.json'))).toBe(true);

    const again = await startStage(first.state);
    await again.life.settled();
    expect(again.registry.list()).toEqual([]);
    expect(readdirSync(join(first.state, 'agents'))).toEqual([]);
    expect(await git(bare, ['for-each-ref', 'refs/heads/agent/half'])).toBe('');
    expect(await again.runtime.list()).toEqual([]);
    await expect(again.create('half')).resolves.toMatchObject({ created: true });
  });
});

test('a creation during which the engine goes away is undone when the engine is back', async () => {
  const first = await newState();
  await endStage(first.stage);
  let isAway = false;
  const away = () => new GitisoError('runtime-unavailable', 'away');
  const stage = await startStage(first.state, (real) => ({
    ...real,
    start: () => {
      isAway = true;
      return Promise.reject(away());
    },
    list: () => (isAway ? Promise.reject(away()) : real.list()),
  }));
  await expect(stage.create('half')).rejects.toMatchObject({ code: 'runtime-unavailable' });
  expect(stage.registry.require('half')).toMatchObject({
    status: 'error',
    error: expect.stringContaining('away') as string,
  });
  await expect(stage.create('half', { ensure: true })).rejects.toMatchObject({ code: 'agent-not-ready' });
  isAway = false;
  await stage.life.settled();
  expect(stage.registry.list()).toEqual([]);
  expect(await stage.runtime.list()).toEqual([]);
  expect(readdirSync(join(first.state, 'agents'))).toEqual([]);
});

test('containers, folders and records that belong to no agent are left alone', async () => {
  const { state, stage } = await newState();
  await endStage(stage);
  mkdirSync(join(state, 'agents/empty'));
  mkdirSync(join(state, 'agents/full/workspace'), { recursive: true });
  const labels = ['gitiso.agent=stray', 'gitiso.generation=0123456789abcdef'];
  const hash = (await import('node:crypto')).createHash('sha256').update(state).digest('hex').slice(0, 16);
  const id = await docker(
    ...[
      'run',
      '-d',
      '--network',
      'none',
      ...[...labels, `gitiso.state=${hash}`].flatMap((label) => ['--label', label]),
    ],
    ...[baseImage, 'sleep', '60'],
  );
  const again = await startStage(state);
  await again.life.settled();
  expect(readdirSync(join(state, 'agents'))).toEqual(['full']);
  expect((await again.runtime.list()).map((container) => container.id)).toEqual([id.trim()]);
});
