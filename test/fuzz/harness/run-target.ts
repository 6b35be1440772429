/** Feeds one target with mutated inputs and learns from what they reach. */
import { createRandom } from '../../helpers/random';
import type { Coverage } from './coverage';
import { createMutator } from './mutate';
import type { FuzzTarget } from './target';

/** An input that takes longer is a hang in the making; milliseconds of processor time. */
const slowMs = 1000;
const batchLength = 500;

export interface Failure {
  readonly input: Buffer;
  readonly reason: string;
}

export interface RunOptions {
  readonly runs: number;
  readonly seed: number;
  /** Inputs to begin with, beside the target's own. */
  readonly corpus: readonly Buffer[];
  /** null: no learning, only the inputs given and their mutations. */
  readonly coverage: Coverage | null;
  readonly onProgress?: (executions: number) => void;
}

export interface RunResult {
  readonly executions: number;
  readonly failure: Failure | null;
  /** Inputs that reached something new. */
  readonly found: readonly Buffer[];
}

/** Ends at the first failure. */
export async function runTarget(target: FuzzTarget, options: RunOptions): Promise<RunResult> {
  const random = createRandom(options.seed);
  const mutator = createMutator(random, target.words);
  const pool = [...target.seeds.map((seed) => Buffer.from(seed)), ...options.corpus];
  const found: Buffer[] = [];
  let executions = 0;

  for (const input of pool) {
    executions += 1;
    const failure = await attempt(target, input);
    if (failure !== null) return { executions, failure, found };
  }
  options.coverage?.learn(options.coverage.take());
  const begun = pool.length;
  while (executions < options.runs) {
    const batch = Array.from({ length: Math.min(batchLength, options.runs - executions) }, () =>
      mutator.next(
        pool[random.below(pool.length)] ?? Buffer.alloc(0),
        pool[random.below(pool.length)] ?? Buffer.alloc(0),
      ),
    );
    for (const input of batch) {
      executions += 1;
      const failure = await attempt(target, input);
      if (failure !== null) return { executions, failure, found };
    }
    if (options.coverage !== null) found.push(...(await reaching(target, batch, options.coverage)));
    pool.splice(pool.length, 0, ...found.slice(pool.length - begun));
    options.onProgress?.(executions);
  }
  return { executions, failure: null, found };
}

async function attempt(target: FuzzTarget, input: Buffer): Promise<Failure | null> {
  const startedAt = performance.now();
  try {
    const outcome = target.run(input);
    if (outcome !== undefined) await outcome;
    if (performance.now() - startedAt <= slowMs) return null;
    // On a busy machine it may have waited for the processor only.
    const before = process.cpuUsage();
    await target.run(input);
    const { user, system } = process.cpuUsage(before);
    const tookMs = Math.round((user + system) / 1000);
    return tookMs > slowMs ? { input, reason: `took ${tookMs} ms` } : null;
  } catch (error) {
    return { input, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Coverage is taken once for a batch, since that costs as much as hundreds of executions; then it is halved. */
async function reaching(
  target: FuzzTarget,
  batch: readonly Buffer[],
  coverage: Coverage,
): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  let wanted = coverage.learn(coverage.take());
  while (wanted.length > 0) {
    const [block = ''] = wanted;
    let [from, to] = [0, batch.length];
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((await blocksOf(target, batch.slice(from, middle), coverage)).has(block)) to = middle;
      else from = middle;
    }
    const input = batch[from];
    if (input === undefined) break;
    const reached = await blocksOf(target, [input], coverage);
    if (reached.has(block)) found.push(input);
    const rest = wanted.filter((other) => other !== block && !reached.has(other));
    wanted = rest;
  }
  return found;
}

async function blocksOf(
  target: FuzzTarget,
  inputs: readonly Buffer[],
  coverage: Coverage,
): Promise<ReadonlySet<string>> {
  coverage.take();
  for (const input of inputs) await attempt(target, input);
  return coverage.take();
}
