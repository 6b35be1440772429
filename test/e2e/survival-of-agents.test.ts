/** The daemon is killed at every named point of making, removing and restoring agents in real containers. */
import { crashPoints } from '../../daemon/crash-points';
import { containersBelow, dockerSocket, removeContainer } from '../helpers/docker-socket';
import { tempDir } from '../helpers/temp-dir';
import { containerCases } from '../survival/crash-cases';
import { restart, runCrashCase } from '../survival/crash-run';
import { makeWorld, type World } from '../survival/world';

jest.setTimeout(120_000);

let world: World;

beforeAll(async () => {
  world = await makeWorld({ root: tempDir(), agents: 0, engine: dockerSocket(), shim: null });
  await restart(world);
});

afterAll(async () => {
  if (world.daemon.isRunning()) await world.daemon.kill('all');
  for (const id of await containersBelow(world.state)) await removeContainer(id);
  await world.remove();
});

test.each(containerCases.map((one) => [one.scenario, crashPoints[one.point], one] as const))(
  '%s, killed when %s',
  async (_scenario, _when, one) => {
    expect(await runCrashCase(world, one)).toEqual([]);
  },
);
