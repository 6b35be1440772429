/** `scripts/stress`: kills, cuts the power of, and wears out the real daemon, as the command line says. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerSocket } from '../helpers/docker-socket';
import { hostCases, recoveryPoints } from './crash-cases';
import { restart, runCrashCase, runRecoveryCase } from './crash-run';
import { killRound, type Round } from './kill-rounds';
import { makePowerWorld, powerRound } from './power-rounds';
import { makeShimTemplate, type ShimTemplate } from './shim-for';
import { allFaults, gentleFaults, openSoak, type SoakRound } from './soak';
import { summarize } from './summarize';
import { makeWorld } from './world';

const usage = `usage: scripts/stress kill  [--rounds 1000] [--seed 1]
       scripts/stress power [--rounds 200] [--seed 1]
       scripts/stress soak  [--minutes 30] [--agents 50] [--seed 1]
       scripts/stress points [point …]
`;

/** A repository with thousands of loose objects makes rounds slow and finds nothing more. */
const roundsPerWorld = 100;

interface Series {
  readonly round: (number: number) => Promise<Round>;
  readonly root: string;
  readonly remove: () => Promise<void>;
}

async function main([command = '', ...rest]: readonly string[]): Promise<number> {
  const options = command === 'points' ? new Map<string, number>() : readOptions(rest);
  const isKnown = command === 'kill' || command === 'power' || command === 'soak' || command === 'points';
  if (!isKnown || options === null) {
    process.stderr.write(usage);
    return 64;
  }
  const seed = options.get('seed') ?? 1;
  if (command === 'soak') return runSoak(options.get('agents') ?? 50, options.get('minutes') ?? 30, seed);
  const shim = makeShimTemplate(
    join(tmpdir(), 'svXXXXXX', 'a0'),
    join(tmpdir(), `shim-${String(process.pid)}`),
  );
  if (command === 'points') return runPoints(shim, rest);
  const openers = {
    kill: async (): Promise<Series> => {
      const world = await makeWorld({ root: makeRoot(), agents: 3, engine: null, shim });
      await world.daemon.start();
      return { ...world, round: (number) => killRound(world, seed, number) };
    },
    power: async (): Promise<Series> => {
      const { world, disk } = await makePowerWorld(makeRoot(), shim);
      await world.daemon.start();
      const remove = async (): Promise<void> => {
        await world.daemon.kill('all');
        await disk.unmount();
        await world.remove();
      };
      return { ...world, remove, round: (number) => powerRound(world, disk, seed, number) };
    },
  };
  const rounds = options.get('rounds') ?? { kill: 1000, power: 200 }[command];
  return runSeries(command, openers[command], rounds, seed);
}

async function runSeries(
  what: string,
  open: () => Promise<Series>,
  rounds: number,
  seed: number,
): Promise<number> {
  const done: Round[] = [];
  const startedAt = performance.now();
  let series: Series | null = null;
  for (let number = 1; number <= rounds; number += 1) {
    if (series === null || number % roundsPerWorld === 1) {
      await series?.remove();
      series = await open();
    }
    const round = await series.round(number);
    done.push(round);
    for (const problem of round.problems)
      process.stderr.write(`round ${String(number)}, seed ${String(seed)}, ${round.killed}: ${problem}\n`);
    if (round.problems.length > 0) {
      process.stderr.write(`the state is kept in ${series.root}, its daemon runs\n`);
      series = null;
      break;
    }
    if (number % 10 === 0) process.stderr.write(`${String(number)} of ${String(rounds)} rounds\n`);
  }
  await series?.remove();
  process.stdout.write(`${JSON.stringify(summarize(what, seed, done, performance.now() - startedAt))}\n`);
  return done.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** Every named point of what needs no container, once. */
async function runPoints(shim: ShimTemplate, names: readonly string[]): Promise<number> {
  const isWanted = (point: string): boolean => names.length === 0 || names.includes(point);
  const world = await makeWorld({ root: makeRoot(), agents: 1, engine: null, shim });
  await restart(world);
  let broken = 0;
  const judge = (name: string, problems: readonly string[]): void => {
    process.stderr.write(`${name}: ${problems.length === 0 ? 'ok' : problems.join('; ')}\n`);
    if (problems.length > 0) broken += 1;
  };
  for (const one of hostCases.filter(({ point }) => isWanted(point)))
    judge(`${one.point} (${one.scenario})`, await runCrashCase(world, one));
  for (const point of recoveryPoints.filter(isWanted))
    judge(`${point} (commit)`, await runRecoveryCase(world, point));
  await world.remove();
  process.stdout.write(`${JSON.stringify({ what: 'points', broken })}\n`);
  return broken === 0 ? 0 : 1;
}

const soakWorkMs = 20_000;

async function runSoak(agents: number, minutes: number, seed: number): Promise<number> {
  const soak = await openSoak({ root: makeRoot(), engine: dockerSocket(), agents, seed });
  process.stderr.write(`${String(agents)} agents are at work\n`);
  const startedAt = performance.now();
  const passed = (): number => (performance.now() - startedAt) / 60_000;
  const done: SoakRound[] = [];
  const tell = (problem: string): boolean => process.stderr.write(`seed ${String(seed)}: ${problem}\n`);
  let broken = 0;
  while (passed() < minutes) {
    const round = await soak.round(
      done.length + 1,
      soakWorkMs,
      passed() < minutes / 2 ? allFaults : gentleFaults,
    );
    done.push(round);
    process.stderr.write(`${passed().toFixed(1)} min, ${round.killed}: ${JSON.stringify(round.resources)}\n`);
    for (const problem of round.problems) tell(`round ${String(round.number)}, ${round.killed}: ${problem}`);
    broken += round.problems.length;
  }
  const growth = soak.growth();
  growth.forEach(tell);
  const left = await soak.end();
  left.forEach(tell);
  const [first, last] = [done[0]?.resources, done.at(-1)?.resources];
  const summary = summarize('soak', seed, done, performance.now() - startedAt);
  process.stdout.write(`${JSON.stringify({ ...summary, agents, growth, left, first, last })}\n`);
  return broken + growth.length + left.length > 0 ? 1 : 0;
}

function readOptions(args: readonly string[]): ReadonlyMap<string, number> | null {
  const options = new Map<string, number>();
  for (let index = 0; index < args.length; index += 2) {
    const name = args[index] ?? '';
    const value = Number(args[index + 1]);
    if (!/^--(rounds|seed|agents|minutes)$/.test(name) || !Number.isSafeInteger(value) || value < 1)
      return null;
    options.set(name.slice(2), value);
  }
  return options;
}

function makeRoot(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'sv')));
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(
      `stress: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
