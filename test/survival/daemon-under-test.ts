/** The real, built daemon, to be killed and started again as often as wanted. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type RpcClient } from '../../client/rpc-client';
import { childrenOf } from '../helpers/child-processes';

const program = join(__dirname, '../../build/daemon/main.js');
const deadlineMs = 180_000;

export interface DaemonUnderTest {
  readonly state: string;
  readonly logFile: string;
  /** Its folder for temporary files. */
  readonly temporary: string;
  /** Resolves with the milliseconds until it answered. `crashPoints`: the file of armed points. */
  readonly start: (options?: {
    readonly crashPoints?: string;
    readonly isUnconfined?: boolean;
  }) => Promise<number>;
  readonly isRunning: () => boolean;
  readonly pid: () => number;
  readonly client: () => RpcClient;
  /** The git workers and host gits. */
  readonly children: () => readonly number[];
  /** SIGKILL to the daemon, and with `all` to its children too. */
  readonly kill: (scope: 'daemon' | 'all') => Promise<void>;
  /** Waits for an end that somebody else brings about. */
  readonly ended: () => Promise<void>;
  /** SIGTERM. */
  readonly stop: () => Promise<void>;
}

export function createDaemon(root: string, state: string, settings: object): DaemonUnderTest {
  const runDirectory = join(root, 'r');
  const configFile = join(root, 'gitisod.json');
  const logFile = join(root, 'daemon.log');
  const temporary = join(root, 't');
  for (const folder of [runDirectory, temporary]) mkdirSync(folder, { recursive: true });
  const config = { stateDirectory: state, runDirectory, log: { level: 'info' }, ...settings };
  let child: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();
  let client: RpcClient | null = null;

  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;
  const pid = (): number => child?.pid ?? -1;
  const children = (): readonly number[] => childrenOf(pid());
  const ended = async (): Promise<void> => {
    await exited;
    client?.close();
    client = null;
  };

  return {
    state,
    logFile,
    temporary,
    isRunning,
    pid,
    children,
    ended,
    client: () => {
      if (client === null) throw new Error('the daemon is not running');
      return client;
    },
    start: async ({ crashPoints, isUnconfined = false } = {}) => {
      const confined = isUnconfined ? { git: { confinement: 'off' } } : {};
      writeFileSync(configFile, JSON.stringify({ ...config, ...confined }));
      const startedAt = performance.now();
      const log = openSync(logFile, 'a');
      const starting = spawn(process.execPath, [program, '--config', configFile], {
        env: {
          ...process.env,
          TMPDIR: temporary,
          ...(crashPoints === undefined ? {} : { GITISO_TEST_CRASH_POINTS: crashPoints }),
        },
        stdio: ['ignore', 'ignore', log],
      });
      closeSync(log);
      child = starting;
      exited = new Promise((resolve) => starting.once('exit', () => resolve()));
      client = await untilServing(join(runDirectory, 'gitisod.sock'), isRunning);
      if (client === null && isRunning()) starting.kill('SIGKILL');
      if (client === null && crashPoints === undefined)
        throw new Error(`the daemon does not serve:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
      return performance.now() - startedAt;
    },
    kill: async (scope) => {
      const others = scope === 'all' ? children() : [];
      for (const one of [pid(), ...others]) signal(one, 'SIGKILL');
      await ended();
    },
    stop: async () => {
      if (isRunning()) signal(pid(), 'SIGTERM');
      await ended();
    },
  };
}

async function untilServing(socket: string, isRunning: () => boolean): Promise<RpcClient | null> {
  const deadline = performance.now() + deadlineMs;
  while (isRunning() && performance.now() < deadline) {
    const client = await connect(socket).catch(() => null);
    const answer = await client?.call('daemon.status', {}).catch(() => null);
    if (client !== null && answer !== null) return client;
    client?.close();
    await sleep(10);
  }
  return null;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
