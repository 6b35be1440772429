/** Rounds of: agents and an administrator at work, SIGKILL at a random instant, restart, and a look at what is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isGitisoError } from '../../shared/errors';
import { adminOperation } from './admin-operations';
import { commit, randomOperation } from './agent-operations';
import { createChance, type Chance } from './chance';
import { signal } from './daemon-under-test';
import type { World } from './world';

export interface Round {
  readonly number: number;
  readonly killed: string;
  readonly acknowledged: number;
  readonly failed: number;
  readonly restartMs: number;
  readonly problems: readonly string[];
}

const longestWorkMs = 500;

/** One round on a world whose daemon runs; afterwards it runs again. The same seed and number give the same choices. */
export async function killRound(world: World, seed: number, number: number): Promise<Round> {
  const chance = createChance(seed * 100_003 + number);
  const { daemon } = world;
  const killed = chance.pick(['daemon', 'all', 'worker', 'git'] as const);
  const workMs = chance.below(longestWorkMs);
  const rescue = chance.below(150);
  const work = startWork(world, chance);
  await work.everybodyServed;
  await sleep(workMs);
  if (killed === 'worker' || killed === 'git') {
    const children = daemon.children();
    const victim = children[chance.below(Math.max(children.length, 1))];
    if (victim !== undefined) signal(victim, 'SIGKILL');
    await sleep(rescue);
  }
  await daemon.kill(killed === 'all' ? 'all' : 'daemon');
  const { acknowledged, failed } = await work.ended;
  const restartMs = await daemon.start();
  return { number, killed, acknowledged, failed, restartMs, problems: await world.check() };
}

export interface WorkOptions {
  /** The administrator makes and removes agents in containers, too. */
  readonly withContainers?: boolean;
}

/** Everybody works until the daemon is gone, or `stop` is called. */
export function startWork(world: World, chance: Chance, { withContainers = false }: WorkOptions = {}) {
  const { daemon, ledger, remote, next } = world;
  let isStopped = false;
  const goesOn = (): boolean => daemon.isRunning() && !isStopped;
  let [acknowledged, failed] = [0, 0];
  let isExcused = false;
  const count = (isDone: boolean): void => {
    if (isDone) acknowledged += 1;
    else failed += 1;
  };
  const served: Promise<void>[] = [];
  const works = world.agents.map((agent) => {
    const own = createChance(chance.below(2 ** 31));
    const work = { agent, ledger, remote, next };
    const first = commit(work).then((isDone) => {
      count(isDone);
      if (!isDone && daemon.isRunning()) throw new Error(`agent ${agent.id} was not served after a restart`);
    });
    served.push(first);
    return first.then(async () => {
      while (goesOn())
        count(
          await randomOperation(own)(work).catch(async (error: unknown) => {
            if (!isExcused) throw error;
            await sleep(100);
            return false;
          }),
        );
    });
  });
  const admin = async (): Promise<void> => {
    const own = createChance(chance.below(2 ** 31));
    while (goesOn()) {
      try {
        await adminOperation(world, own, withContainers);
        count(true);
      } catch (error) {
        if (!isGitisoError(error) && daemon.isRunning()) throw error;
        count(false);
      }
      await sleep(own.below(50));
    }
  };
  const ended = Promise.all([...works, admin()]).then(() => ({ acknowledged, failed }));
  ended.catch(() => undefined);
  /** From now on a git may fail by itself: what it reads is going away. */
  const excuse = (): void => {
    isExcused = true;
  };
  const stop = (): void => {
    isStopped = true;
  };
  return { everybodyServed: Promise.all(served), ended, excuse, stop };
}
