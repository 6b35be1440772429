/** create-1k, create-many-32, disk-idle-agent, memory-base, memory-agent. */
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import type { RpcClient } from '../../client/rpc-client';
import { median, printFigure, spreadOf } from './figure';
import {
  addRepository,
  agentDirectory,
  agentOptions,
  createAgent,
  diskUse,
  engine,
  image,
  privateMemory,
} from './setting';

const many = 32;

export async function createFigures(client: RpcClient, wanted: (figure: string) => boolean): Promise<void> {
  if (!['create-1k', 'create-many-32', 'disk-idle-agent', 'memory-base', 'memory-agent'].some(wanted)) return;
  const repo = await addRepository(client, 1001);
  const docker = new Docker({ socketPath: engine.replace('unix://', '') });
  const base = await restingMemory();
  if (wanted('memory-base'))
    printFigure({
      figure: 'memory-base',
      value: base / 2 ** 20,
      unit: 'MiB',
      peer: null,
      peerValue: null,
      goal: '<= 50 MB',
      n: 1,
      spread: null,
      conditions: 'private memory of the daemon and its workers, one repository, no agents, after idle time',
    });

  if (wanted('create-1k')) await createOne(client, docker, repo);
  if (wanted('create-many-32') || wanted('memory-agent')) await createMany(client, docker, repo, wanted);
  if (wanted('disk-idle-agent')) {
    await createAgent(client, 'disk', repo);
    printFigure({
      figure: 'disk-idle-agent',
      value: diskUse(agentDirectory('disk')) / 1024,
      unit: 'KiB',
      peer: null,
      peerValue: null,
      goal: '<= 64 KiB',
      n: 1,
      spread: null,
      conditions: '1001 files; the whole folder of an idle agent, its checked out workspace included',
    });
  }
}

async function createOne(client: RpcClient, docker: Docker, repo: string): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 32; round += 1) {
    const id = `create-${String(round)}`;
    ours.push(await timed(() => createAgent(client, id, repo)));
    theirs.push(await timed(() => bareContainer(docker)));
    await client.call('agent.remove', { id, force: true });
  }
  printFigure({
    figure: 'create-1k',
    value: median(ours),
    unit: 'ms',
    peer: 'bare docker create + start of the same image',
    peerValue: median(theirs),
    goal: '<= 100 ms more',
    n: ours.length,
    spread: spreadOf(ours),
    conditions: '1001 files; agent.create until ready',
  });
}

async function createMany(
  client: RpcClient,
  docker: Docker,
  repo: string,
  wanted: (figure: string) => boolean,
): Promise<void> {
  const before = privateMemory();
  const ids = Array.from({ length: many }, (_, index) => `many-${String(index)}`);
  const ours = await timed(async () => {
    const { results } = await client.call('agent.createMany', {
      agents: ids.map((id) => agentOptions(id, repo)),
    });
    if (results.some(({ error }) => error !== null)) throw new Error('an agent was not created');
  });
  const theirs = await timed(() => Promise.all(ids.map(() => bareContainer(docker))));
  if (wanted('create-many-32'))
    printFigure({
      figure: 'create-many-32',
      value: ours,
      unit: 'ms',
      peer: '32 bare docker create + start at once',
      peerValue: theirs,
      goal: 'ratio <= 1.3',
      n: many,
      spread: null,
      conditions: '1001 files; agent.createMany until all are ready',
    });
  if (wanted('memory-agent')) {
    const growth = (await restingMemory()) - before;
    printFigure({
      figure: 'memory-agent',
      value: growth / many / 2 ** 20,
      unit: 'MiB',
      peer: null,
      peerValue: null,
      goal: '<= 0.5 MB',
      n: many,
      spread: null,
      conditions: 'growth of the private memory of the daemon and its workers per idle agent',
    });
  }
}

const started: string[] = [];

async function bareContainer(docker: Docker): Promise<void> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sleep', 'infinity'],
    HostConfig: { NetworkMode: 'none', Init: true },
  });
  started.push(container.id);
  await container.start();
}

export async function removeBareContainers(): Promise<void> {
  const docker = new Docker({ socketPath: engine.replace('unix://', '') });
  await Promise.all(started.splice(0).map((id) => docker.getContainer(id).remove({ force: true })));
}

/** Workers end when they were idle for a minute (workers.idleMs). */
async function restingMemory(): Promise<number> {
  await sleep(70_000);
  return privateMemory();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
