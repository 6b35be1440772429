/** Compiles the shim's parsers with gcc's sanitizers and a driver that learns from coverage, and runs them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { tableHeader } from '../../../client/shim/generate-table';
import { readCorpus } from '../harness/corpus';

const shim = join(__dirname, '../../../client/shim');
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g', '-O1'];
const strict = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror'];
const id = '0123456789abcdef0123456789abcdef01234567';
const zero = '0'.repeat(40);

/** Inputs to begin with. */
const seeds: Readonly<Record<string, readonly string[]>> = {
  json: [
    '{"jsonrpc":"2.0","id":1,"method":"shim.run","params":{"argv":["a","\\u00ff"],"n":[1,-2.5e3,null,true]}}',
  ],
  argv: [
    '-C\0/x\0-c\0a.b=c\0commit\0-m\0message\0--\0path',
    '--git-dir=/x\0branch\0-m\0b',
    'checkout\0-qb\0name',
  ],
  hook: [`${zero} ${id} refs/heads/a\n${id} ${zero} HEAD\n`],
  'packed-refs': [
    `# pack-refs with: peeled fully-peeled sorted \n${id} refs/heads/a\n${id} refs/tags/b\n^${id}\n\f${id} refs/remotes/o/a\n`,
  ],
  inflate: [0, 1, 6, 9].map((level) =>
    deflateSync(`commit 200\0tree ${id}\nparent ${id}\n${'author A <a@b> 1 +0000\n'.repeat(9)}`, {
      level,
    }).toString('latin1'),
  ),
  prefetch: [`:100644 100644 ${zero} ${id} M\0a\0:100644 100644 ${zero} ${id} R100\0a\0b\0`],
};

export const shimTargets = Object.keys(seeds);

export interface ShimRun {
  readonly executions: number;
  /** Pairs of basic blocks reached one after the other. */
  readonly pairs: number;
  readonly found: number;
  readonly failure: { readonly input: Buffer; readonly reason: string } | null;
}

export interface ShimFuzzer {
  readonly run: (target: string, runs: number, seed: number) => ShimRun;
  readonly close: () => void;
}

export function openShimFuzzer(): ShimFuzzer {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-shim-'));
  writeFileSync(join(folder, 'generated.h'), tableHeader(''));
  const objects = compileAll(folder);
  return {
    run: (target, runs, seed) => runOne(link(folder, target, objects), target, runs, seed, folder),
    close: () => rmSync(folder, { recursive: true }),
  };
}

function compileAll(folder: string): readonly string[] {
  // Without the shim's own memory, as `scripts/build-shim --sanitize` has it: the sanitizer watches the C library's.
  const sources = readdirSync(shim).filter((file) => file.endsWith('.c') && file !== 'arena.c');
  return sources.map((file) => {
    const object = join(folder, file.replace(/c$/, 'o'));
    // The driver has the `main`.
    compile(folder, join(shim, file), object, ['-fsanitize-coverage=trace-pc', '-Dmain=shim_main']);
    return object;
  });
}

function compile(folder: string, source: string, object: string, more: readonly string[]): void {
  execFileSync('gcc', [
    ...strict,
    ...sanitizers,
    ...more,
    '-I',
    folder,
    '-I',
    shim,
    '-c',
    '-o',
    object,
    source,
  ]);
}

function link(folder: string, target: string, objects: readonly string[]): string {
  const program = join(folder, `fuzz-${target}`);
  const [driver, own] = [join(folder, 'driver.o'), join(folder, `target-${target}.o`)];
  compile(folder, join(__dirname, 'fuzz.c'), driver, []);
  compile(folder, join(__dirname, `${target}.c`), own, ['-fsanitize-coverage=trace-pc']);
  // One target takes a file of the shim in whole, to reach what is static in it.
  const others = objects.filter((object) => target !== 'prefetch' || basename(object) !== 'prefetch.o');
  execFileSync('gcc', [...sanitizers, '-o', program, driver, own, ...others]);
  return program;
}

function runOne(program: string, target: string, runs: number, seed: number, folder: string): ShimRun {
  const begin = join(folder, `begin-${target}`);
  mkdirSync(begin, { recursive: true });
  const inputs = [
    ...(seeds[target] ?? []).map((text) => Buffer.from(text, 'latin1')),
    ...readCorpus(`shim-${target}`),
  ];
  const files = inputs.map((input, index) => {
    const file = join(begin, String(index));
    writeFileSync(file, input);
    return file;
  });
  const current = join(folder, `current-${target}`);
  const ended = spawnSync(program, [String(runs), String(seed), current, ...files], {
    encoding: 'utf8',
    env: { ASAN_OPTIONS: 'detect_leaks=1:allocator_may_return_null=1' },
  });
  if (ended.status !== 0) {
    const kept = readFileSync(current);
    const input = kept.subarray(8, 8 + Number(kept.readBigUInt64LE(0)));
    return { executions: 0, pairs: 0, found: 0, failure: { input, reason: ended.stderr.slice(0, 4000) } };
  }
  const [executions = 0, pairs = 0, found = 0] = ended.stdout.trim().split(' ').map(Number);
  return { executions, pairs, found, failure: null };
}
