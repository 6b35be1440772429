/**
 * Many agents in containers and an administrator at work for long, with something going wrong every so often. In the first
 * half the daemon is ended and killed, too; in the second it has to live on, and must not grow.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChance, type Chance } from './chance';
import { createContainerAgents, type ContainerAgents } from './container-agent';
import { signal } from './daemon-under-test';
import { makeDisk, type Disk } from './disk';
import { startWork, type Round } from './kill-rounds';
import { findGrowth, measureAtRest, type Resources } from './resources';
import { makeWorld, type World } from './world';

export interface SoakOptions {
  readonly root: string;
  /** The engine's socket. */
  readonly engine: string;
  readonly agents: number;
  readonly seed: number;
}

export interface Soak {
  /** One stretch of work with one of the faults, then rest and a look. */
  readonly round: (number: number, workMs: number, choices: Faults) => Promise<SoakRound>;
  /** What grew since the daemon was started last. */
  readonly growth: () => readonly string[];
  /** Removes the agents through the daemon, then everything; resolves with what was left behind by then. */
  readonly end: () => Promise<readonly string[]>;
}

export interface SoakRound extends Round {
  readonly resources: Resources;
}

const diskMegabytes = 8192;
const creationsAtOnce = 4;

export async function openSoak({ root, engine, agents, seed }: SoakOptions): Promise<Soak> {
  const disk = await makeDisk(root, diskMegabytes);
  await disk.mount('ordered');
  const empty = await makeWorld({ root, state: join(disk.folder, 's'), agents: 0, engine, shim: null });
  await empty.daemon.start();
  const containers = createContainerAgents(empty, engine);
  const world: World = { ...empty, agents: await makeAll(containers, agents) };
  let rests: Resources[] = [];

  const rest = async (): Promise<Resources> => {
    const { daemon } = world;
    return measureAtRest(() => ({
      pid: daemon.pid(),
      children: daemon.children(),
      temporary: daemon.temporary,
      containers: async () => (await containers.runtime.list()).length - churned(world),
    }));
  };

  return {
    round: async (number, workMs, choices) => {
      const chance = createChance(seed * 100_003 + number);
      const fault = chance.pick(choices);
      const work = startWork(world, chance, { withContainers: true });
      await work.everybodyServed;
      await sleep(workMs);
      work.excuse();
      const isEnded = await faults[fault]({ world, containers, disk, chance });
      await sleep(isEnded ? 0 : workMs / 4);
      work.stop();
      const { acknowledged, failed } = await work.ended;
      const restartMs = isEnded ? await world.daemon.start() : 0;
      await startStopped(world);
      if (isEnded) rests = [];
      const problems = await world.check();
      const resources = await rest();
      rests.push(resources);
      return { number, killed: fault, acknowledged, failed, restartMs, problems, resources };
    },
    growth: () => findGrowth(rests),
    end: async () => {
      const problems = world.daemon.isRunning() ? await removeAll(world, containers) : [];
      containers.end();
      await world.daemon.stop();
      await disk.unmount();
      await world.remove();
      return problems;
    },
  };
}

interface Scene {
  readonly world: World;
  readonly containers: ContainerAgents;
  readonly disk: Disk;
  readonly chance: Chance;
}

/** Each resolves with whether the daemon is gone. */
const faults = {
  'the daemon is killed': async ({ world }: Scene) => {
    await world.daemon.kill('daemon');
    return true;
  },
  'the daemon and its children are killed': async ({ world }: Scene) => {
    await world.daemon.kill('all');
    return true;
  },
  'the daemon is stopped': async ({ world }: Scene) => {
    await world.daemon.stop();
    return true;
  },
  'a child of the daemon is killed': ({ world, chance }: Scene) => {
    const children = world.daemon.children();
    signal(children[chance.below(Math.max(children.length, 1))] ?? -1, 'SIGKILL');
    return Promise.resolve(false);
  },
  'a container is stopped': async ({ world, containers, chance }: Scene) => {
    const agent = world.agents[chance.below(world.agents.length)];
    if (agent !== undefined) await containers.runtime.stop(containers.nameOf(agent.id), 0);
    return false;
  },
  'the disk is full': async ({ disk }: Scene) => {
    await disk.fill();
    await sleep(2000);
    await disk.release();
    return false;
  },
  nothing: () => Promise.resolve(false),
} as const;

type Fault = keyof typeof faults;
type Faults = readonly [Fault, ...Fault[]];

/** The daemon has to live on. */
export const gentleFaults: Faults = [
  'nothing',
  'a child of the daemon is killed',
  'a container is stopped',
  'the disk is full',
];
export const allFaults: Faults = [
  'the daemon is killed',
  'the daemon and its children are killed',
  'the daemon is stopped',
  ...gentleFaults,
];

async function makeAll(containers: ContainerAgents, count: number): Promise<World['agents']> {
  const agents = [];
  for (let first = 1; first <= count; first += creationsAtOnce) {
    const length = Math.min(creationsAtOnce, count - first + 1);
    const ids = Array.from({ length }, (_, index) => `a${String(first + index)}`);
    agents.push(...(await Promise.all(ids.map((id) => containers.make(id)))));
  }
  return agents;
}

/** Containers of the agents that the administrator has made for now. */
function churned({ ledger }: World): number {
  return [...ledger.agents.values()].filter((state) => state === 'there').length;
}

/** Waits until the daemon knows how its agents are, and starts those whose container has ended. */
async function startStopped({ daemon, agents }: World): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const known = (await daemon.client().call('agent.list', {})).agents;
    const isOurs = (id: string): boolean => agents.some((agent) => agent.id === id);
    const waiting = known.filter(({ id, status }) => isOurs(id) && status !== 'ready');
    if (waiting.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`not ready: ${waiting.map(({ id, status }) => `${id} is ${status}`).join(', ')}`);
    for (const { id, status } of waiting)
      if (status === 'stopped') await daemon.client().call('agent.start', { id });
    await sleep(200);
  }
}

async function removeAll({ daemon }: World, { runtime }: ContainerAgents): Promise<readonly string[]> {
  const client = daemon.client();
  for (const { id } of (await client.call('agent.list', {})).agents)
    await client.call('agent.remove', { id, force: true });
  return (await runtime.list()).map(({ id, agent }) => `container ${id} of ${agent} is left`);
}
