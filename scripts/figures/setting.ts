/** The private daemon, repositories and agents that the figures are measured on. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type RpcClient } from '../../client/rpc-client';
import { withDescendants } from '../../test/helpers/child-processes';

export const engine = process.env['GITISO_TEST_DOCKER'] ?? '';
const runDirectory = process.env['GITISO_TEST_RUN'] ?? '';
const root = join(runDirectory, 'bench');
export const stateDirectory = join(root, 's');
/** `off` for figures of what confining git costs: run both in turn. */
const confinement = process.env['GITISO_BENCH_CONFINEMENT'] ?? 'auto';
const adminSocket = join(root, 'r', 'gitisod.sock');
export const image = 'gitiso/base:bookworm';

let daemon: ChildProcess | null = null;

export async function startDaemon(): Promise<RpcClient> {
  mkdirSync(join(root, 'r'), { recursive: true });
  mkdirSync(join(root, 'tools'), { recursive: true });
  mkdirSync(stateDirectory, { recursive: true });
  copyFileSync(join(runDirectory, 'time-pairs'), join(root, 'tools', 'time-pairs'));
  const config = join(root, 'gitisod.json');
  const docker = { socket: engine.replace('unix://', ''), image };
  writeFileSync(
    config,
    JSON.stringify({
      stateDirectory,
      runDirectory: join(root, 'r'),
      docker,
      log: { level: 'warn' },
      git: { confinement },
    }),
  );
  daemon = spawn(process.execPath, [join(__dirname, '../../build/daemon/main.js'), '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      return await connect(adminSocket);
    } catch {
      await sleep(20);
    }
  }
  throw new Error('the daemon does not serve');
}

export async function stopDaemon(): Promise<void> {
  const child = daemon;
  if (child === null) return;
  daemon = null;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Private memory of the daemon and its workers; bytes. */
export function privateMemory(): number {
  return withDescendants(daemon?.pid ?? 0).reduce((sum, one) => {
    const rollup = readFileSync(`/proc/${String(one)}/smaps_rollup`, 'utf8');
    const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
    return sum + kilobytes * 1024;
  }, 0);
}

/** A repository of so many small files in folders of 50, and more branches, registered under its own name. */
export async function addRepository(client: RpcClient, files: number, branches = 0): Promise<string> {
  const id = branches === 0 ? `files-${String(files)}` : `files-${String(files)}-refs-${String(branches)}`;
  const path = join(root, id);
  mkdirSync(path, { recursive: true });
  for (let index = 0; index < files; index += 1) {
    const folder = join(path, `d${String(Math.floor(index / 2500))}`, `e${String(Math.floor(index / 50))}`);
    if (index % 50 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${String(index)}.txt`), `content of file ${String(index)}\n`);
  }
  const git = (...args: string[]): void => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
    execFileSync(
      'git',
      [
        '-C',
        path,
        '-c',
        'user.name=Bench',
        '-c',
        'user.email=bench@example.invalid',
        '-c',
        'maintenance.auto=false',
        ...args,
      ],
      { stdio: 'ignore', env },
    );
  };
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'all files');
  if (branches > 0) makeBranches(path, branches);
  git('gc', '-q');
  await client.call('repo.add', { location: path, id, publish: false });
  return id;
}

/** Written as git itself packs them: one by one would take minutes. */
function makeBranches(path: string, count: number): void {
  const head = execFileSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const names = Array.from(
    { length: count },
    (_, index) => `refs/heads/many/b${String(index).padStart(5, '0')}`,
  );
  const lines = [`${head} refs/heads/main`, ...names.map((name) => `${head} ${name}`)];
  const sorted = lines.sort((x, y) => (x.slice(41) < y.slice(41) ? -1 : 1));
  writeFileSync(
    join(path, '.git', 'packed-refs'),
    ['# pack-refs with: peeled fully-peeled sorted ', ...sorted, ''].join('\n'),
  );
}

/** An agent whose container has the timing program at /tools. */
export async function createAgent(client: RpcClient, id: string, repo: string): Promise<void> {
  await client.call('agent.create', agentOptions(id, repo));
}

export function agentOptions(id: string, repo: string) {
  return { id, repo, network: 'none' as const, mounts: [{ source: join(root, 'tools'), target: '/tools' }] };
}

/** Runs a script in the agent's container and returns its standard output; throws when it fails. */
export async function inAgent(client: RpcClient, id: string, argv: readonly string[]): Promise<string> {
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  const { exitCode } = await client.call(
    'agent.exec',
    { id, argv: [...argv] },
    { onOutput: (stream, data) => (stream === 'stdout' ? output : errors).push(data) },
  );
  if (exitCode !== 0)
    throw new Error(`${argv.join(' ')} ended with ${String(exitCode)}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(output).toString('utf8');
}

/** A plain clone beside the agent's files, on the same file system; `durable` sets core.fsync=all. */
export async function plainClone(
  client: RpcClient,
  id: string,
  name: string,
  durable: boolean,
): Promise<string> {
  const path = `/workspace/${name}`;
  const script = [
    `grep -qx /${name} /workspace/.git/info/exclude 2>/dev/null || echo /${name} >> /workspace/.git/info/exclude`,
    `git clone -q --no-hardlinks /gitiso/shared ${path}`,
    `cd ${path} && git checkout -q -B work`,
    'git config user.name Plain && git config user.email plain@example.invalid',
    durable ? 'git config core.fsync all' : 'true',
  ].join(' && ');
  await inAgent(client, id, ['sh', '-c', script]);
  return path;
}

/** Medians of two commands timed in turn in the agent's container; milliseconds. */
export async function timePairs(
  client: RpcClient,
  id: string,
  rounds: number,
  a: { dir: string; setUp: string; command: string },
  b: { dir: string; setUp: string; command: string },
): Promise<{ a: number[]; b: number[] }> {
  const text = await inAgent(client, id, [
    '/tools/time-pairs',
    'pairs',
    String(rounds),
    a.dir,
    a.setUp,
    a.command,
    b.dir,
    b.setUp,
    b.command,
  ]);
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map((ns) => Number(ns) / 1e6));
  return { a: rows.map((row) => row[0] ?? NaN), b: rows.map((row) => row[1] ?? NaN) };
}

/** Allocated bytes of a folder, as `du` counts. */
export function diskUse(path: string): number {
  return Number(execFileSync('du', ['-s', '--block-size=1', path], { encoding: 'utf8' }).split('\t')[0]);
}

export function agentDirectory(id: string): string {
  return join(stateDirectory, 'agents', id);
}

export function agentDirectories(): string[] {
  return readdirSync(join(stateDirectory, 'agents'));
}
