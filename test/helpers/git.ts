/** Real git for tests, as the judge and as the user: nothing of the machine's configuration or environment reaches it. */
import { execFile } from 'node:child_process';

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
}

/** A fixed identity and time, so that the same commands give the same object ids everywhere. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'init.defaultBranch',
  GIT_CONFIG_VALUE_0: 'main',
  GIT_CONFIG_KEY_1: 'safe.directory',
  GIT_CONFIG_VALUE_1: '*',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Test User',
  GIT_AUTHOR_EMAIL: 'user@example.invalid',
  GIT_AUTHOR_DATE: '2024-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'Test User',
  GIT_COMMITTER_EMAIL: 'user@example.invalid',
  GIT_COMMITTER_DATE: '2024-01-02T03:04:05Z',
};

/** Runs git and returns what it said, whatever its exit code. */
export function tryGit(cwd: string, argv: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      argv,
      { cwd, env: { ...gitEnvironment, ...options.env }, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
        else reject(new Error(`git ${argv.join(' ')} was not carried out`, { cause: error }));
      },
    );
    // git may end before it has read all of its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin ?? '');
  });
}

/** Runs git, which must succeed; returns its standard output without the last newline. */
export async function git(cwd: string, argv: readonly string[], options: GitOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await tryGit(cwd, argv, options);
  if (exitCode !== 0) throw new Error(`git ${argv.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout.replace(/\n$/, '');
}

/** Fails when the repository has anything that git would complain about. */
export async function fsckStrict(repository: string): Promise<void> {
  await git(repository, ['fsck', '--strict', '--full', '--no-dangling']);
}
