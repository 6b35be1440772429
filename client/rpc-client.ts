/**
 * The client's end of the protocol, for gitisoctl, editors and tests: typed calls, notifications, cancellation.
 * Light on purpose: the contract is imported as types only, so no schema library is loaded.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import type { ParamsOf, ResultOf } from '../shared/contract';
import { GitisoError } from '../shared/errors';
import { createFrameDecoder, encodeMessage } from '../shared/framing';
import type { MethodName, Methods } from '../shared/methods';
import { errorFromAnswer } from './answer-error';

export interface Progress {
  readonly stage: string;
  /** 0 to 100, null: unknown. */
  readonly percent: number | null;
  readonly message: string;
}

export interface CallOptions {
  /** Tells the daemon to cancel; the call rejects at once with 'request-cancelled'. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onOutput?: (stream: 'stdout' | 'stderr', data: Buffer) => void;
}

export interface RpcClient {
  /** Rejects with the GitisoError the daemon answered, or 'daemon-unreachable' when the connection breaks. */
  readonly call: <M extends MethodName>(
    method: M,
    params: ParamsOf<Methods[M]>,
    options?: CallOptions,
  ) => Promise<ResultOf<Methods[M]>>;
  /** The same for a method whose name is known at run time only. */
  readonly callByName: (method: string, params: unknown, options?: CallOptions) => Promise<unknown>;
  /** Notifications of the daemon such as `events.event`. Returns the function that ends it. */
  readonly on: (notification: string, listener: (params: unknown) => void) => () => void;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
  /** Pending calls reject. */
  readonly close: () => void;
}

interface Pending {
  readonly options: CallOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GitisoError) => void;
}

/** The daemon's answers may be much longer than what it accepts (lists, logs). */
const limits = { frameBytes: 256 * 1024 * 1024, attachmentBytes: 1, attachmentCount: 1 };

/** Throws GitisoError 'daemon-unreachable'. */
export async function connect(socketPath: string): Promise<RpcClient> {
  const socket = await openSocket(socketPath);
  const decoder = createFrameDecoder(() => limits, 'headers');
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(params: unknown) => void>>();
  const closing = new AbortController();
  let lastId = 0;

  function send(message: object): void {
    socket.write(encodeMessage('headers', JSON.stringify({ jsonrpc: '2.0', ...message })));
  }

  function callByName(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    const { signal } = options;
    if (closing.signal.aborted) return Promise.reject(connectionBroke(socketPath));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    lastId += 1;
    const id = lastId;
    return new Promise<unknown>((resolve, reject) => {
      const onAbort = () => {
        pending.delete(id);
        send({ method: '$/cancelRequest', params: { id } });
        reject(cancelled());
      };
      const settle = () => signal?.removeEventListener('abort', onAbort);
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.set(id, {
        options,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      send({ id, method, params });
    });
  }

  function receive(message: Record<string, unknown>): void {
    if (typeof message['method'] === 'string') return notify(message['method'], message['params']);
    const id = message['id'];
    const call = typeof id === 'number' ? pending.get(id) : undefined;
    if (call === undefined || typeof id !== 'number') return;
    pending.delete(id);
    if (message['error'] === undefined) call.resolve(message['result']);
    else call.reject(errorFromAnswer(message['error']));
  }

  function notify(method: string, params: unknown): void {
    if (method === '$/progress' || method === '$/output') about(method, params as Record<string, unknown>);
    for (const listener of listeners.get(method) ?? []) listener(params);
  }

  function about(method: '$/progress' | '$/output', params: Record<string, unknown>): void {
    const options = pending.get(Number(params['requestId']))?.options;
    if (method === '$/progress') return options?.onProgress?.(params as unknown as Progress);
    const stream = params['stream'] === 'stderr' ? 'stderr' : 'stdout';
    options?.onOutput?.(stream, Buffer.from(String(params['data']), 'base64'));
  }

  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      receive(JSON.parse(frame.body.toString('utf8')) as Record<string, unknown>);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    closing.abort();
    for (const call of pending.values()) call.reject(connectionBroke(socketPath));
    pending.clear();
  });

  return {
    call: async <M extends MethodName>(method: M, params: ParamsOf<Methods[M]>, options?: CallOptions) =>
      (await callByName(method, params, options)) as ResultOf<Methods[M]>,
    callByName,
    on: (notification, listener) => {
      const known = listeners.get(notification) ?? new Set();
      listeners.set(notification, known.add(listener));
      return () => known.delete(listener);
    },
    closed: closing.signal,
    close: () => socket.destroy(),
  };
}

/** Socket addresses hold 107 bytes; a descriptor of the directory makes longer paths short. */
async function openSocket(path: string): Promise<Socket> {
  const isLong = Buffer.byteLength(path) > 100;
  const directory = isLong ? openDirectory(path) : null;
  const address = directory === null ? path : `/proc/self/fd/${String(directory)}/${basename(path)}`;
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = connectSocket(address);
      socket.once('error', (cause: NodeJS.ErrnoException) => reject(unreachable(path, cause.code, cause)));
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(socket);
      });
    });
  } finally {
    if (directory !== null) closeSync(directory);
  }
}

function openDirectory(path: string): number {
  try {
    return openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw unreachable(path, (cause as NodeJS.ErrnoException).code, cause);
  }
}

function unreachable(path: string, code: string | undefined, cause: unknown): GitisoError {
  const reason =
    code === 'EACCES' ? 'permission denied' : code === 'ENOENT' ? 'no such socket' : (code ?? 'failed');
  return new GitisoError('daemon-unreachable', `the daemon does not answer on ${path}: ${reason}`, { cause });
}

function connectionBroke(path: string): GitisoError {
  return new GitisoError('daemon-unreachable', `the connection to ${path} was closed`);
}

function cancelled(): GitisoError {
  return new GitisoError('request-cancelled', 'the request was cancelled');
}
