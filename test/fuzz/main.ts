/**
 * The fuzzer: `scripts/fuzz [--runs N] [--seed N] [--keep] [target …]`. One JSON line per target; an input that breaks
 * something is kept in the corpus, so that the test suite runs it from then on.
 */
import { join } from 'node:path';
import { startCoverage } from './harness/coverage';
import { keepInput, readCorpus } from './harness/corpus';
import { runTarget } from './harness/run-target';
import type { FuzzTarget } from './harness/target';
import { openShimFuzzer, shimTargets, type ShimFuzzer } from './shim/fuzz-shim';
import { targets } from './targets';

const root = join(__dirname, '../..');
const defaultRuns = 1_000_000;

interface Arguments {
  readonly runs: number;
  readonly seed: number;
  /** Whether inputs that reach something new are kept as well. */
  readonly keep: boolean;
  readonly names: readonly string[];
}

function parseArguments(args: readonly string[]): Arguments {
  const valueOf = (name: string) => args[args.indexOf(name) + 1];
  const number = (name: string, otherwise: number) =>
    args.includes(name) ? Number(valueOf(name)) : otherwise;
  const valued = new Set(['--runs', '--seed'].map(valueOf));
  return {
    runs: number('--runs', defaultRuns),
    seed: number('--seed', Date.now() % 2 ** 31),
    keep: args.includes('--keep'),
    names: args.filter((argument) => !argument.startsWith('--') && !valued.has(argument)),
  };
}

async function fuzz(target: FuzzTarget, { runs, seed, keep }: Arguments): Promise<boolean> {
  const coverage = startCoverage((url) => url.includes(root) && /\/(daemon|shared|client)\//.test(url));
  const startedAt = performance.now();
  let shownAt = startedAt;
  const result = await runTarget(target, {
    ...{ runs, seed, coverage, corpus: readCorpus(target.name) },
    onProgress: (executions) => {
      if (performance.now() - shownAt < 10_000) return;
      shownAt = performance.now();
      process.stderr.write(`${target.name}: ${executions} executions, ${coverage.total()} blocks\n`);
    },
  });
  coverage.stop();
  const { failure, executions, found } = result;
  if (keep) for (const input of found) keepInput(target.name, 'path', input);
  const line = {
    target: target.name,
    ...{ executions, seed, seconds: Math.round((performance.now() - startedAt) / 1000) },
    ...{ blocks: coverage.total(), found: found.length, failures: failure === null ? 0 : 1 },
  };
  report(line);
  if (failure === null) return true;
  process.stderr.write(`${keepInput(target.name, 'crash', failure.input)}: ${failure.reason}\n`);
  return false;
}

function fuzzShim(fuzzer: ShimFuzzer, name: string, { runs, seed }: Arguments): boolean {
  const startedAt = performance.now();
  const { executions, pairs, found, failure } = fuzzer.run(name, runs, seed);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const failures = failure === null ? 0 : 1;
  report({ target: `shim-${name}`, executions, seed, seconds, blocks: pairs, found, failures });
  if (failure === null) return true;
  process.stderr.write(`${keepInput(`shim-${name}`, 'crash', failure.input)}: ${failure.reason}\n`);
  return false;
}

function report(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main(): Promise<void> {
  const wanted = parseArguments(process.argv.slice(2));
  const all = [...targets.map(({ name }) => name), ...shimTargets.map((name) => `shim-${name}`)];
  const unknown = wanted.names.filter((name) => !all.includes(name));
  if (unknown.length > 0 || !Number.isSafeInteger(wanted.runs)) {
    process.stderr.write(`usage: scripts/fuzz [--runs N] [--seed N] [--keep] [${all.join('|')}] …\n`);
    process.exitCode = 64;
    return;
  }
  const isWanted = (name: string) => wanted.names.length === 0 || wanted.names.includes(name);
  for (const target of targets)
    if (isWanted(target.name) && !(await fuzz(target, wanted))) process.exitCode = 1;
  const ofShim = shimTargets.filter((name) => isWanted(`shim-${name}`));
  if (ofShim.length === 0) return;
  const fuzzer = openShimFuzzer();
  for (const name of ofShim) if (!fuzzShim(fuzzer, name, wanted)) process.exitCode = 1;
  fuzzer.close();
}

void main();
