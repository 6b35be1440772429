/**
 * A temp folder laid out like an agent's container, with a shim built for it: every path
 * compiled in starts with the folder. Nothing outside of it is touched.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const repositoryRoot = join(__dirname, '../../../..');
const sanitize = process.env.GITISO_TEST_SANITIZE === undefined ? [] : ['--sanitize'];

export interface ShimResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** One character per byte. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShimOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Buffer;
  /** Instead of the shim in PATH. */
  readonly program?: string;
}

export interface ShimWorld {
  readonly root: string;
  readonly workspace: string;
  readonly gitdir: string;
  readonly gitiso: string;
  /** The shared repository, bare. */
  readonly shared: string;
  readonly socket: string;
  readonly branch: string;
  readonly env: Readonly<Record<string, string>>;
  /** The real git, in the workspace. */
  readonly git: (...args: string[]) => string;
  /** The real git, in the shared repository, as the daemon. */
  readonly sharedGit: (...args: string[]) => string;
  readonly start: (args: readonly (string | Buffer)[], options?: ShimOptions) => ChildProcess;
  readonly run: (args: readonly string[], options?: ShimOptions) => Promise<ShimResult>;
  readonly remove: () => void;
}

export function buildShim(output: string, root: string): void {
  execFileSync(join(repositoryRoot, 'scripts/build-shim'), ['--output', output, '--root', root, ...sanitize]);
}

export function createShimWorld(): ShimWorld {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'gitiso-shim-')));
  const gitiso = join(root, 'gitiso');
  const workspace = join(root, 'workspace');
  const gitdir = join(workspace, '.git');
  const home = join(root, 'home');
  const branch = 'refs/heads/agent/a1';
  for (const folder of ['bin', 'run', 'etc']) mkdirSync(join(gitiso, folder), { recursive: true });
  mkdirSync(home);
  buildShim(join(gitiso, 'bin'), root);

  const env = {
    PATH: `${join(gitiso, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LC_ALL: 'C',
    ASAN_OPTIONS: 'detect_leaks=0',
  };
  const author = ['-c', 'user.name=Seed', '-c', 'user.email=seed@example.org'];
  const plainGit = (cwd: string, ...args: string[]): string =>
    execFileSync('/usr/bin/git', args, { cwd, env, encoding: 'latin1' });

  const seed = join(root, 'seed');
  plainGit(root, 'init', '-q', '-b', 'main', seed);
  writeFileSync(join(seed, 'a.txt'), 'first\n');
  mkdirSync(join(seed, 'sub folder/deep'), { recursive: true });
  writeFileSync(join(seed, 'sub folder/deep/b.txt'), 'second\n');
  plainGit(seed, 'add', '.');
  plainGit(seed, ...author, 'commit', '-q', '-m', 'seed');
  plainGit(root, 'init', '-q', '--bare', join(gitiso, 'shared'));
  plainGit(seed, 'push', '-q', join(gitiso, 'shared'), `HEAD:${branch}`);
  plainGit(seed, 'checkout-index', '-a', '-f', `--prefix=${workspace}/`);
  rmSync(seed, { recursive: true });

  // As the daemon provisions it: nothing in refs/ yet.
  for (const folder of ['hooks', 'info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(gitdir, folder), { recursive: true });
  }
  writeFileSync(join(gitdir, 'objects/info/alternates'), `${join(gitiso, 'shared/objects')}\n`);
  writeFileSync(join(gitdir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tlogallrefupdates = true\n');
  writeFileSync(join(gitdir, 'HEAD'), `ref: ${branch}\n`);
  execFileSync(join(gitiso, 'bin/git'), ['version'], { env });
  plainGit(workspace, 'reset', '-q');

  const start = (args: readonly (string | Buffer)[], options: ShimOptions = {}): ChildProcess =>
    spawn(options.program ?? 'git', args.map(String), {
      cwd: options.cwd ?? workspace,
      env: { ...env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  return {
    root,
    workspace,
    gitdir,
    gitiso,
    shared: join(gitiso, 'shared'),
    socket: join(gitiso, 'run/gitiso.sock'),
    branch,
    env,
    git: (...args) => plainGit(workspace, ...args),
    sharedGit: (...args) => plainGit(join(gitiso, 'shared'), ...args),
    start,
    run: (args, options = {}) => {
      const child = start(args, options);
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input);
      return finished(child);
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What a started shim printed and how it ended. */
export function finished(child: ChildProcess): Promise<ShimResult> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (data: Buffer) => parts.stdout.push(data));
  child.stderr?.on('data', (data: Buffer) => parts.stderr.push(data));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const [stdout, stderr] = [parts.stdout, parts.stderr].map((list) =>
        Buffer.concat(list).toString('latin1'),
      );
      resolve({ code, signal, stdout: stdout ?? '', stderr: stderr ?? '' });
    });
  });
}

export function writeScript(path: string, ...lines: string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}
