/**
 * One child process of git with a deadline, output limits and a process group of its own that is killed as a
 * whole. Knows nothing of environments or repositories, and never uses a shell.
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import { closeSync } from 'node:fs';
import { GitisoError } from '../../shared/errors';
import { machineErrorCode } from '../machine-error';
import type { Sandbox } from './bubblewrap';
import type { Confinement } from './confinement';
import { signalBehind } from './exit-code';

export interface GitChildOptions {
  readonly path: string;
  readonly argv: readonly string[];
  /** null: it runs as it is. */
  readonly confined: { readonly by: Confinement; readonly sandbox: Sandbox } | null;
  /** Of address space, where it is confined; null: as much as there is. */
  readonly memoryBytes: number | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onStderr: ((text: string) => void) | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export interface GitChild {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Ends the whole process group; `ended` then rejects with this error. */
  readonly fail: (error: GitisoError) => void;
  /** Resolves when the process and its output have ended. Rejects with 'timed-out', 'request-cancelled', 'worker-failed'. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>;
}

/** Of standard error the first so many characters are kept; `onStderr` sees all of it. */
const stderrLimitChars = 256 * 1024;

/** Throws 'storage-failed' when the daemon has no file descriptor left for it. */
export function startGitChild(options: GitChildOptions): GitChild {
  const command = options.argv.find((argument) => !argument.startsWith('-')) ?? 'git';
  const child = spawnConfined(options);
  if (child === null)
    throw new GitisoError(
      'storage-failed',
      `git ${command} could not be started: no file descriptor is left`,
      {
        hint: 'raise LimitNOFILE of the service, or lower limits.agentConnections',
      },
    );
  let failure: GitisoError | undefined;
  const fail = (error: GitisoError) => {
    failure ??= error;
    killGroup(child);
    // A grandchild that left the group may hold the pipes open: do not wait for it.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  };
  const timer = setTimeout(() => {
    fail(new GitisoError('timed-out', `git ${command} did not finish within ${options.timeoutMs} ms`));
  }, options.timeoutMs);
  const onAbort = () => fail(new GitisoError('request-cancelled', `git ${command} was cancelled`));
  if (options.signal?.aborted === true) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  const stderr = collectText(child.stderr, options.onStderr);
  // git may exit before it has read all of its input; its exit code tells why.
  child.stdin.on('error', () => undefined);

  const ended = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    child.on('error', (cause) => {
      failure ??= new GitisoError('worker-failed', `git ${command} could not be started`, { cause });
      if (child.pid === undefined) reject(failure);
    });
    child.on('close', (exitCode, killedBy) => {
      if (failure !== undefined) reject(failure);
      else if (exitCode === null || exitCode > lastExitCode)
        reject(
          new GitisoError(
            'worker-failed',
            `git ${command} ended by ${killedBy ?? signalBehind(exitCode) ?? `exit code ${String(exitCode)}`}`,
          ),
        );
      else resolve({ exitCode, stderr: stderr() });
    });
  }).finally(() => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    // What git left running in its group (a hung ssh, a credential daemon) ends with it.
    killGroup(child);
  });
  return { stdin: child.stdin, stdout: child.stdout, fail, ended };
}

/** git's own are 0 to 129; beyond lies an end by signal, as what confines it tells it. */
const lastExitCode = 129;
const openFiles = 4096;
/** Descriptor in the child, after the standard three. */
const filterFd = 3;

/** null: no descriptor is left for its pipes or its filter. */
function spawnConfined(options: GitChildOptions): ChildProcessByStdio<Writable, Readable, Readable> | null {
  const { confined, memoryBytes } = options;
  const filter = confined === null || confined.sandbox.hasNetwork ? null : openFilter(confined.by);
  if (filter === 'exhausted') return null;
  const limits = memoryBytes === null ? null : { addressBytes: memoryBytes, dataBytes: null, openFiles };
  const fds = { filterFd: filter === null ? null : filterFd, infoFd: null };
  const before = confined?.by.wrap(confined.sandbox, limits, fds).before ?? [];
  const [program = options.path, ...args] = [...before, options.path, ...options.argv];
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe', filter ?? 'ignore'],
      detached: true,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    // Without a descriptor for its pipes there is no child, nor any stream (whatever the types say), only this event.
    const isStarted = (child as Partial<ChildProcess>).stdout !== undefined;
    if (isStarted) return child as ChildProcessByStdio<Writable, Readable, Readable>;
    child.on('error', () => undefined);
    return null;
  } finally {
    if (filter !== null) closeSync(filter);
  }
}

function openFilter(confinement: Confinement): number | null | 'exhausted' {
  try {
    return confinement.openFilter();
  } catch (error) {
    if (machineErrorCode(error) === null) throw error;
    return 'exhausted';
  }
}

/** Collects a stream; `exceeded` is called once when it grows over the limit. */
export function collectBytes(stream: Readable, limitBytes: number, exceeded: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= limitBytes) chunks.push(chunk);
    else exceeded();
  });
  stream.on('error', () => undefined);
  return () => Buffer.concat(chunks);
}

function collectText(stream: Readable, onText: ((text: string) => void) | undefined): () => string {
  const decoder = new StringDecoder('utf8');
  let collected = '';
  stream.on('data', (chunk: Buffer) => {
    const text = decoder.write(chunk);
    if (collected.length < stderrLimitChars) collected += text.slice(0, stderrLimitChars - collected.length);
    onText?.(text);
  });
  stream.on('error', () => undefined);
  return () => collected;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
