/**
 * The real, built daemon in a temporary state directory. After the test file, at the latest, it is stopped and
 * the containers of its agents, which outlive it by design, are removed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGitisoError } from '../../shared/errors';
import type { RpcClient } from '../../client/rpc-client';
import { isAtOrBelow, readMounts } from '../../daemon/storage/mount-table';
import { containersBelow, dockerSocket, removeContainer } from './docker-socket';
import { connectTo } from './rpc';
import { tempDir } from './temp-dir';

const program = join(__dirname, '../../build/daemon/main.js');

/** How long a start or a stop may take; milliseconds. */
const deadlineMs = 30_000;

export interface TestDaemon {
  readonly stateDirectory: string;
  readonly configFile: string;
  readonly adminSocket: string;
  readonly agentSocket: (agent: string) => string;
  readonly pid: () => number;
  /** A new connection to the admin socket. */
  readonly connect: () => Promise<RpcClient>;
  /** What the daemon has written to standard error so far, over all its starts. */
  readonly log: () => string;
  /** SIGTERM, and waits for the end. Returns the exit code. A daemon that is stopped already is no error. */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL: no clean-up at all. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same state, after `stop` or `kill`. */
  readonly start: () => Promise<void>;
  /** The same with other settings for this one start. */
  readonly startWith: (config: Settings) => Promise<void>;
}

/** As in the configuration file. */
type Settings = Readonly<Record<string, unknown>>;

export interface DaemonOptions {
  /** Settings besides the directories. */
  readonly config?: Settings;
  /** For tests without containers, where there may be no engine: nothing listens on the engine's socket. */
  readonly withoutDocker?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What is put before its command; it must become the daemon in the end. */
  readonly startedBy?: readonly string[];
}

const started = new Map<TestDaemon, DaemonOptions>();

/** Starts a daemon and waits until it serves. */
export async function startDaemon(options: DaemonOptions = {}): Promise<TestDaemon> {
  const root = tempDir();
  const stateDirectory = join(root, 's');
  const adminSocket = join(root, 'r', 'gitisod.sock');
  const configFile = join(root, 'gitisod.json');
  mkdirSync(stateDirectory);
  mkdirSync(join(root, 'r'));

  let child: ChildProcess | null = null;
  let log = '';
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    child = null;
    if (ending === null) return null;
    if (ending.exitCode !== null || ending.signalCode !== null) return ending.exitCode;
    const exited = once(ending, 'exit', { signal: AbortSignal.timeout(deadlineMs) });
    ending.kill(signal);
    await exited;
    return ending.exitCode;
  };

  const startWith = async (config: Settings): Promise<void> => {
    const settings = { ...options.config, ...config };
    writeFileSync(configFile, JSON.stringify(configuration(root, { ...options, config: settings }), null, 2));
    const command = [...(options.startedBy ?? []), process.execPath, program, '--config', configFile];
    const starting = spawn(command[0] ?? '', command.slice(1), {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    starting.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    child = starting;
    await untilServing(starting, adminSocket, () => log);
  };

  const daemon: TestDaemon = {
    stateDirectory,
    configFile,
    adminSocket,
    agentSocket: (agent) => join(stateDirectory, 'agents', agent, 'run', 'gitiso.sock'),
    pid: () => child?.pid ?? failTest('the daemon is not running'),
    connect: () => connectTo(adminSocket),
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    start: () => startWith({}),
    startWith,
  };
  started.set(daemon, options);
  await daemon.start();
  return daemon;
}

function configuration(root: string, { config = {}, withoutDocker = false }: DaemonOptions): object {
  const docker = { socket: withoutDocker ? join(root, 'no-engine.sock') : dockerSocket() };
  const given = config['docker'];
  return {
    stateDirectory: join(root, 's'),
    runDirectory: join(root, 'r'),
    log: { level: 'debug' },
    ...config,
    docker: { ...docker, ...(typeof given === 'object' ? given : {}) },
  };
}

async function untilServing(child: ChildProcess, socket: string, log: () => string): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    try {
      const client = await connectTo(socket);
      await client.call('daemon.status', {});
      client.close();
      return;
    } catch (error) {
      if (!isGitisoError(error) || error.code !== 'daemon-unreachable') throw error;
      await sleep(10);
    }
  }
  child.kill('SIGKILL');
  failTest(`the daemon does not serve:\n${log()}`);
}

function failTest(message: string): never {
  throw new Error(message);
}

async function dispose(daemon: TestDaemon, { withoutDocker = false }: DaemonOptions): Promise<void> {
  await daemon.stop();
  const containers = withoutDocker ? [] : await containersBelow(daemon.stateDirectory);
  await Promise.all(containers.map((id) => removeContainer(id)));
  await unmountBelow(daemon.stateDirectory);
}

/** File systems of agents outlive the daemon, as their containers do. */
async function unmountBelow(folder: string): Promise<void> {
  for (const { mountPoint } of [...(await readMounts())].reverse()) {
    if (isAtOrBelow(mountPoint, folder)) execFileSync('umount', ['--lazy', mountPoint]);
  }
}

afterAll(async () => {
  await Promise.all([...started].map(([daemon, options]) => dispose(daemon, options)));
  started.clear();
}, 3 * deadlineMs);
