/**
 * The real daemon is killed at named points of what needs no container: afterwards nothing is lost and nothing is half. Every
 * fifth point here, all of them with `scripts/stress points`.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoints, type CrashPoint } from '../../../daemon/crash-points';
import { tempDir } from '../../helpers/temp-dir';
import { containerCases, hostCases, publicationCases, recoveryPoints } from '../../survival/crash-cases';
import { restart, runCrashCase, runRecoveryCase } from '../../survival/crash-run';
import { run } from '../../survival/run';
import { makeShimTemplate, type ShimTemplate } from '../../survival/shim-for';
import { makeWorld, type World } from '../../survival/world';

jest.setTimeout(120_000);

const everyFifth = <T>(all: readonly T[]): readonly T[] => all.filter((_one, index) => index % 5 === 0);

let world: World;
let shim: ShimTemplate;

beforeAll(async () => {
  const root = tempDir();
  shim = makeShimTemplate(join(root, 'a0'), join(root, 'shim'));
  world = await makeWorld({ root, agents: 1, engine: null, shim });
  await restart(world);
});

afterAll(() => world.remove());

test.each(everyFifth(hostCases).map((one) => [one.scenario, crashPoints[one.point], one] as const))(
  '%s, killed when %s',
  async (_scenario, _when, one) => {
    expect(await runCrashCase(world, one)).toEqual([]);
  },
);

test.each(everyFifth(recoveryPoints).map((point) => [crashPoints[point], point] as const))(
  'killed during a commit, and again during recovery, when %s',
  async (_when, point) => {
    expect(await runRecoveryCase(world, point)).toEqual([]);
  },
);

describe("with a user's clone", () => {
  let published: World;

  beforeAll(async () => {
    const root = tempDir();
    published = await makeWorld({ root, agents: 1, engine: null, shim, isFromClone: true });
    await restart(published);
  });

  afterAll(() => published.remove());

  test.each(everyFifth(publicationCases).map((one) => [crashPoints[one.point], one] as const))(
    'publication, killed when %s, is made up for',
    async (_when, one) => {
      expect(await runCrashCase(published, one)).toEqual([]);
      const [agent] = published.agents;
      const value = (gitDir: string) => run('git', ['-C', gitDir, 'rev-parse', agent?.ref ?? '']);
      const ours = await value(join(published.state, 'repos', 'r.git'));
      while ((await value(join(published.root, 'clone'))).stdout !== ours.stdout) await sleep(50);
    },
  );
});

test('every point has a case', () => {
  const cases = [...hostCases, ...containerCases, ...publicationCases];
  const tried = new Set<CrashPoint>([...cases.map(({ point }) => point), ...recoveryPoints]);
  expect(Object.keys(crashPoints).filter((point) => !tried.has(point as CrashPoint))).toEqual([]);
});
