/**
 * One git worker as a process: started confined, told to go or killed, measured from outside. It has ended when
 * nothing of it can write any more, which is later than the end of the program that confines it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPointEnvironment } from '../crash-points';
import type { Logger } from '../log';
import type { Confinement } from './confinement';
import { signalBehind } from './exit-code';
import { borrowed } from './git-sandbox';
import type { FromWorker, ToWorker } from './worker-protocol';

export interface WorkerProcessOptions {
  /** The compiled git-worker.js. */
  readonly script: string;
  /** Repositories it may open and write; all else of the state directory is not there for it. */
  readonly repositories: readonly string[];
  readonly confinement: Confinement;
  /** The most memory the pool lets it use; V8's heap and the kernel's limit are derived from it. */
  readonly memoryBytes: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly log: Logger;
}

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether it ended itself for want of memory. */
  readonly isOutOfMemory: boolean;
}

export interface WorkerUsage {
  /** Of its own; mapped packs are the kernel's to take back. */
  readonly memoryBytes: number;
  readonly openFiles: number;
}

export interface WorkerProcess {
  /** Whether it is not confined to the repositories that it was started with. */
  readonly seesAll: boolean;
  readonly send: (message: ToWorker) => void;
  readonly onMessage: (listener: (message: FromWorker) => void) => void;
  /** null: it is not there yet or any more. */
  readonly usage: () => WorkerUsage | null;
  /** Ends by itself, having nothing under way. */
  readonly retire: () => void;
  readonly kill: () => void;
  /** To the worker itself, not to what confines it; for tests of crashes and hangs. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<WorkerEnd>;
}

const mebibyte = 1024 * 1024;
/** Threads' stacks, code and what V8 and the C library keep, beside what the pool counts. */
const slackBytes = 1024 * mebibyte;
const openFiles = 1024;
const goneWithinMs = 5000;
/** Descriptors in the child: 3 is Node's channel. */
const fds = { infoFd: 4, filterFd: 5 } as const;

/** The folders that the compiled worker is made of, to be readable for it. */
export function workerPrograms(script: string): readonly string[] {
  const modules = dirname(dirname(createRequire(script).resolve('nodegit/package.json')));
  return [dirname(dirname(dirname(script))), modules];
}

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { confinement, log, memoryBytes } = options;
  let filter: number | null;
  try {
    filter = confinement.openFilter();
  } catch (error) {
    return neverStarted(error);
  }
  const { before, isBoxed } = confinement.wrap(
    {
      runs: 'worker',
      view: 'chosen',
      readable: borrowedBy(options.repositories),
      writable: options.repositories,
      hidden: { folders: [], files: [] },
      hasNetwork: false,
      // Objects that are linked from a user's clone may be readable for their owner alone.
      capabilities: ['CAP_DAC_READ_SEARCH'],
      isOtherUser: false,
    },
    { addressBytes: null, dataBytes: memoryBytes + slackBytes, openFiles },
    { infoFd: fds.infoFd, filterFd: filter === null ? null : fds.filterFd },
  );
  const heap = `--max-old-space-size=${Math.ceil(memoryBytes / 2 / mebibyte)}`;
  const [program, ...args]: string[] = [...before, process.execPath, heap];
  const child = fork(options.script, [], {
    execPath: program,
    execArgv: args,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe', filter ?? 'ignore'],
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...options.environment, ...crashPointEnvironment() },
  });
  if (filter !== null) closeSync(filter);
  const box = isBoxed ? watchBox(child) : null;
  const isOutOfMemory = watchWords(child, log);

  let workerPid: number | null = null;
  const findWorker = (): number | null => {
    workerPid ??= box === null ? (child.pid ?? null) : onlyChild(box.firstPid());
    return workerPid;
  };
  return {
    seesAll: !isBoxed,
    send: (message) => {
      // It may have died a moment ago; its end is told by `ended`.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => child.on('message', (message: FromWorker) => listener(message)),
    usage: () => usageOf(findWorker()),
    retire: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => {
      if (hasEnded(child)) return;
      // The first process of the box takes the others with it, and what confines it ends after them.
      if (!sendSignal(box?.firstPid() ?? null, 'SIGKILL')) child.kill('SIGKILL');
    },
    signal: (signal) => {
      if (!hasEnded(child) && !sendSignal(findWorker(), signal)) child.kill(signal);
    },
    ended: endOf(child, isOutOfMemory, () => box?.firstPid() ?? null),
  };
}

/** No file descriptor is left: it ends as a child does that could not be started. */
function neverStarted(error: unknown): WorkerProcess {
  const nothing = () => undefined;
  const ended = Promise.resolve({ code: null, signal: String(error), isOutOfMemory: false });
  const calls = { send: nothing, onMessage: nothing, retire: nothing, kill: nothing, signal: nothing };
  return { ...calls, seesAll: true, usage: () => null, ended };
}

/** What they borrow from repositories that are not theirs to write. */
function borrowedBy(repositories: readonly string[]): readonly string[] {
  const folders = repositories.flatMap((path) => borrowed(join(path, 'objects')));
  return folders.filter((folder) => !repositories.some((path) => folder.startsWith(`${path}/`)));
}

function endOf(
  child: ChildProcess,
  isOutOfMemory: () => boolean,
  firstPid: () => number | null,
): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      // A child that never was has no exit either.
      if (child.pid === undefined) resolve({ code: null, signal: error.message, isOutOfMemory: false });
    });
    child.on('exit', (code, signal) => {
      const end = { ...plainEnd(code, signal), isOutOfMemory: isOutOfMemory() };
      // Somebody killed what confines it: the kernel ends the rest, a moment later.
      void (signal === null ? Promise.resolve() : untilGone(firstPid())).then(() => resolve(end));
    });
  });
}

function plainEnd(code: number | null, signal: string | null): Pick<WorkerEnd, 'code' | 'signal'> {
  const behind = signalBehind(code);
  return behind === null ? { code, signal } : { code: null, signal: behind };
}

/** The number may be another process's by then: it is looked at, not touched, and not for ever. */
async function untilGone(pid: number | null): Promise<void> {
  const deadline = performance.now() + goneWithinMs;
  const isThere = () => pid !== null && /\) [^ZX] /.test(readOrEmpty(`/proc/${pid}/stat`));
  while (isThere() && performance.now() < deadline) await sleep(5);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Reads which process is the first one in the box; null: not told yet. */
function watchBox(child: ChildProcess): { readonly firstPid: () => number | null } {
  let text = '';
  // Without a descriptor for its pipes there is no child, nor any stream (whatever the types say).
  (child as Partial<ChildProcess>).stdio?.[fds.infoFd]?.on(
    'data',
    (data: Buffer) => (text += data.toString('latin1')),
  );
  return {
    firstPid: () => {
      const pid = /"child-pid": (\d+)/.exec(text)?.[1];
      return pid === undefined ? null : Number(pid);
    },
  };
}

function watchWords(child: ChildProcess, log: Logger): () => boolean {
  let isOutOfMemory = false;
  child.stderr?.on('data', (data: Buffer) => {
    const text = data.toString('utf8', 0, 2000);
    isOutOfMemory ||= /heap out of memory|bad_alloc|Cannot allocate memory/.test(text);
    log.warn('git worker printed', { text });
  });
  return () => isOutOfMemory;
}

function onlyChild(pid: number | null): number | null {
  if (pid === null) return null;
  const child = Number(readOrEmpty(`/proc/${pid}/task/${pid}/children`).trim().split(' ')[0]);
  return child > 0 ? child : null;
}

function usageOf(pid: number | null): WorkerUsage | null {
  const kibibytes =
    pid === null ? undefined : /^RssAnon:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  if (pid === null || kibibytes === undefined) return null;
  return { memoryBytes: Number(kibibytes) * 1024, openFiles: countEntries(`/proc/${pid}/fd`) };
}

/** 0 where it may not be looked at. */
function countEntries(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** false: there is no such process. */
function sendSignal(pid: number | null, signal: NodeJS.Signals): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
