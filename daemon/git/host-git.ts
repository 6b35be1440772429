/**
 * Git on the host: the only place that starts it. Arguments are always an array, the environment and the
 * configuration are built from nothing, every call has a deadline and an output limit. It must never be used with
 * a work tree or a folder that an agent can write.
 */
import { isAbsolute } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { Logger } from '../log';
import type { Confinement } from './confinement';
import { collectBytes, startGitChild, type GitChild } from './git-child';
import { memoryLimitOf } from './git-memory';
import { pipeGits, tooMuchOutput, type GitPipeEnd, type PipedGits } from './git-pipe';
import { gitSandbox, type GitCall, type Hidden } from './git-sandbox';
import { readGitVersion } from './read-git-version';
import { isRefPlumbing } from './ref-plumbing';
import {
  gitEnvironment,
  type Environment,
  type GitConfigEntry,
  type GitProfile,
} from './host-git-environment';

export interface HostGitSettings {
  /** Absolute path of the git binary. */
  readonly path: string;
  /** The daemon's own environment: source of the operator's credentials for the network profile. */
  readonly environment: Environment;
  readonly log: Logger;
  /** Added to the environment of every call. */
  readonly mark?: Readonly<Record<string, string>>;
  readonly allowedProtocols?: readonly string[];
  readonly confinement: Confinement;
  /** What git with the network must not see. */
  readonly hidden: Hidden;
  /** The daemon's own user: git as this one is nobody else. */
  readonly uid: number;
}

export interface GitRunOptions {
  /** Given to git as `--git-dir`: git then reads no other repository. Needed by all but `init` and `ls-remote`. */
  readonly gitDir?: string;
  /** Default '/'. */
  readonly cwd?: string;
  readonly stdin?: Buffer | string;
  /** Added to the environment; an administrator's or the daemon's own values, never an agent's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to the configuration, not visible in the process list. */
  readonly config?: readonly GitConfigEntry[];
  /** Default 'local'. */
  readonly profile?: GitProfile;
  readonly timeoutMs: number;
  /** Of standard output; more is an error. */
  readonly outputLimitBytes: number;
  readonly signal?: AbortSignal;
  /** Standard error as it comes, for progress. */
  readonly onStderr?: (text: string) => void;
  /** Folders that git reads beside those that `gitDir`, `env` and alternates name. */
  readonly reads?: readonly string[];
  /** The remote of a network call is a path of this machine. Default 'none'. */
  readonly pathRemote?: GitCall['pathRemote'];
  /** Run as this user; another one than the daemon's needs a daemon that is root. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** At most 256 Ki characters. */
  readonly stderr: string;
}

export interface HostGit {
  readonly path: string;
  /** As in "2.39.5". */
  readonly version: string;
  /** A non-zero exit code is a result. Throws 'timed-out', 'limit-exceeded', 'request-cancelled', 'worker-failed'. */
  readonly run: (args: readonly string[], options: GitRunOptions) => Promise<GitResult>;
  /**
   * Pipes the standard output of `from` into the standard input of `to`. `from.options.outputLimitBytes` bounds
   * what flows. Throws as `run`; when one end fails the other is ended.
   */
  readonly pipe: (from: GitPipeEnd, to: GitPipeEnd) => Promise<PipedGits>;
  /**
   * A git that the caller talks to while it runs: standard input and output are the caller's to feed, read and bound.
   * `outputLimitBytes` and `stdin` of the options play no part.
   */
  readonly start: (args: readonly string[], options: GitRunOptions) => GitChild;
}

/** Of starts that a mount of the host spoils: one of fifteen was seen to fail while mounts came and went all the time. */
export const boxAttempts = 5;

export const defaultProtocols = ['file', 'ssh', 'http', 'https'] as const;

/**
 * Ends a silent connection after about a minute; the session has no terminal, so ssh cannot ask either. Whatever the user's
 * settings say, no server is lent the user's keys or a way back to the host.
 */
const sshCommand = [
  'ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4',
  '-o ForwardAgent=no -o ForwardX11=no -o ClearAllForwardings=yes',
].join(' ');

/** Throws 'storage-failed' when the binary cannot be run or is too old. */
export async function createHostGit(settings: HostGitSettings): Promise<HostGit> {
  if (!isAbsolute(settings.path)) {
    throw new GitisoError('storage-failed', 'the path of git must be absolute');
  }
  const allowedProtocols = settings.allowedProtocols ?? defaultProtocols;
  const forbidden = allowedProtocols.find(
    (protocol) => !/^[a-z][a-z0-9+.-]*$/.test(protocol) || ['ext', 'git', 'fd'].includes(protocol),
  );
  if (forbidden !== undefined) {
    throw new GitisoError('invalid-params', `the protocol ${JSON.stringify(forbidden)} cannot be allowed`);
  }

  let ownSshCommand: string | null = null;
  const start = (args: readonly string[], options: GitRunOptions): GitChild => {
    const profile = options.profile ?? 'local';
    const isOtherUser = options.uid !== undefined && options.uid !== settings.uid;
    const env = gitEnvironment({
      profile,
      operator: settings.environment,
      allowedProtocols,
      sshCommand: ownSshCommand,
      config: options.config ?? [],
      extra: { ...settings.mark, ...options.env },
    });
    const call: GitCall = {
      profile,
      gitDir: options.gitDir,
      env,
      reads: options.reads ?? [],
      pathRemote: options.pathRemote ?? 'none',
      isOtherUser,
    };
    return startGitChild({
      path: settings.path,
      argv: [...(options.gitDir === undefined ? [] : [`--git-dir=${options.gitDir}`]), ...args],
      confined: isRefPlumbing(args[0], call)
        ? null
        : { by: settings.confinement, sandbox: gitSandbox(call, settings.hidden) },
      memoryBytes: memoryLimitOf(args[0] ?? ''),
      cwd: options.cwd ?? '/',
      env,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      onStderr: options.onStderr,
      uid: isOtherUser ? options.uid : undefined,
      gid: isOtherUser ? options.gid : undefined,
    });
  };

  const run = async (args: readonly string[], options: GitRunOptions): Promise<GitResult> => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await runOnce(args, options);
      if (result.stdout.length > 0 || !isUnboxed(result) || attempt === boxAttempts) return result;
      settings.log.debug('a mount of the host went away while git was confined: once more', { attempt });
    }
  };

  const runOnce = async (args: readonly string[], options: GitRunOptions): Promise<GitResult> => {
    const startedAt = performance.now();
    const child = start(args, options);
    const stdout = collectBytes(child.stdout, options.outputLimitBytes, () =>
      child.fail(tooMuchOutput(args[0], options.outputLimitBytes)),
    );
    child.stdin.end(options.stdin ?? '');
    const { exitCode, stderr } = await child.ended;
    settings.log.debug('git', {
      command: args[0],
      exitCode,
      durationMs: Math.round(performance.now() - startedAt),
    });
    return { exitCode, stdout: stdout(), stderr };
  };

  // At the same time: the daemon's start waits for them. What keeps git from running is told by the first one.
  const asked = hasOwnSshCommand(run);
  asked.catch(() => undefined);
  const version = await readGitVersion(run);
  ownSshCommand = (await asked) ? null : sshCommand;
  return { path: settings.path, version, run, pipe: (from, to) => pipeGits(start, from, to), start };
}

/**
 * bubblewrap copies the mounts of the host one by one and gives up when one of them is gone by then, as those of containers that
 * are just being started are. git has not begun.
 */
export function isUnboxed({ exitCode, stderr }: Pick<GitResult, 'exitCode' | 'stderr'>): boolean {
  return exitCode === 1 && /^bwrap: .*Unable to apply mount flags/.test(stderr);
}

/** Throws 'worker-failed' with git's own words unless the exit code is 0. */
export function requireSuccess(result: GitResult, what: string): GitResult {
  if (result.exitCode === 0) return result;
  throw new GitisoError('worker-failed', `${what}: ${lastLines(result.stderr)}`, {
    details: { exitCode: result.exitCode },
  });
}

/** The end of git's standard error on one line, for messages. */
export function lastLines(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !isBoilerplate(line));
  const text = lines.slice(-3).join('; ').slice(0, 600);
  return text === '' ? 'git gave no reason' : text;
}

/** What git adds to whatever ssh said, which is the reason. */
function isBoilerplate(line: string): boolean {
  return ['Please make sure you have the correct access rights', 'and the repository exists.'].includes(line);
}

async function hasOwnSshCommand(run: HostGit['run']): Promise<boolean> {
  const answer = await run(['config', '--get', 'core.sshCommand'], {
    profile: 'network',
    timeoutMs: 10_000,
    outputLimitBytes: 65_536,
  });
  return answer.exitCode === 0;
}
