/** One case: the daemon dies at the point, starts again, and everything is as it should be. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../daemon/crash-points';
import { scenarioOf, type CrashCase } from './crash-cases';
import type { World } from './world';

const deadlineMs = 180_000;

/** The daemon runs before and afterwards. Returns what is wrong; that the point was not passed, too. */
export async function runCrashCase(
  world: World,
  { point, scenario, passage = 1 }: CrashCase,
): Promise<readonly string[]> {
  const { before, setUp, run } = scenarioOf(scenario);
  if (before !== undefined) {
    await world.daemon.stop();
    await before(world);
    await restart(world);
  }
  // A confined worker sees no file of the test's and can end nobody but itself.
  if (point.startsWith('worker:')) {
    await world.daemon.stop();
    await world.daemon.start({ crashPoints: armed(world), isUnconfined: true });
  }
  await setUp?.(world);
  arm(world, point, passage);
  const problems = await dieIn(world, run(world));
  await restart(world);
  return [...problems, ...(await world.check())];
}

/** Killed at `move:agreed` of a commit, and once more at the point while it recovers. */
export async function runRecoveryCase(world: World, point: CrashPoint): Promise<readonly string[]> {
  arm(world, 'move:agreed', 1);
  const problems = await dieIn(world, scenarioOf('commit').run(world));
  arm(world, point, 1);
  await restart(world);
  if (world.daemon.isRunning()) problems.push(`${point} was not passed`);
  else await restart(world);
  return [...problems, ...(await world.check())];
}

/** With points, which have no effect until one is armed. */
export async function restart(world: World): Promise<void> {
  await world.daemon.start({ crashPoints: armed(world) });
}

function armed({ root }: World): string {
  return join(root, 'crash-point');
}

function arm(world: World, point: CrashPoint, passage: number): void {
  writeFileSync(armed(world), `${point} ${String(passage)}`);
}

async function dieIn(world: World, running: Promise<unknown>): Promise<string[]> {
  const { daemon } = world;
  const over = running.catch((error: unknown) => error);
  const died = await Promise.race([
    daemon.ended().then(() => true),
    sleep(deadlineMs, false, { ref: false }),
  ]);
  const wasPassed = !existsSync(armed(world));
  rmSync(armed(world), { force: true });
  if (!died) await daemon.kill('all');
  await over;
  return died && wasPassed ? [] : ['the point was not passed'];
}
