/**
 * A small JSON-RPC server that speaks docs/protocol.md with the real shim over a real socket. It plays the
 * daemon: a test gives the handler. It shares no code with the daemon, so that each checks the other's framing.
 */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

export interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Buffer[];
}

export interface ShimPeer {
  readonly request: (
    method: string,
    params: unknown,
    attachments?: readonly Buffer[],
  ) => Promise<{ readonly message: Message; readonly attachments: readonly Buffer[] }>;
  readonly notify: (method: string, params: unknown) => void;
  /** Breaks the connection as a killed daemon would. */
  readonly hangUp: () => void;
  readonly send: (bytes: Buffer) => void;
}

export type Answer = { readonly result: unknown } | { readonly error: unknown } | 'none';
export type CallHandler = (call: Call, peer: ShimPeer) => Promise<Answer> | Answer;

export interface FakeDaemon {
  readonly calls: readonly Call[];
  readonly notifications: readonly Message[];
  handle: CallHandler;
  /** Resolves when the next connection has ended. */
  readonly nextEnd: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startFakeDaemon(path: string, handle: CallHandler): Promise<FakeDaemon> {
  const calls: Call[] = [];
  const notifications: Message[] = [];
  const sockets = new Set<Socket>();
  const endWaiters: (() => void)[] = [];
  rmSync(path, { force: true });

  const daemon: FakeDaemon = {
    calls,
    notifications,
    handle,
    nextEnd: () => new Promise((resolve) => endWaiters.push(resolve)),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      rmSync(path, { force: true });
    },
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    const pending = new Map<number, (answer: { message: Message; attachments: readonly Buffer[] }) => void>();
    let nextId = 1;
    const peer: ShimPeer = {
      request: (method, params, attachments = []) => {
        const id = nextId++;
        for (const attachment of attachments) socket.write(frame(attachment, true));
        socket.write(frameJson({ jsonrpc: '2.0', id, method, params }));
        return new Promise((resolve) => pending.set(id, resolve));
      },
      notify: (method, params) => socket.write(frameJson({ jsonrpc: '2.0', method, params })),
      hangUp: () => socket.destroy(),
      send: (bytes) => socket.write(bytes),
    };
    const receive = async (message: Message, attachments: readonly Buffer[]): Promise<void> => {
      if (message.method === undefined) {
        pending.get(Number(message.id))?.({ message, attachments });
        return;
      }
      if (message.id === undefined) {
        notifications.push(message);
        return;
      }
      const call = { method: message.method, params: message.params ?? {}, attachments };
      calls.push(call);
      const answer = await daemon.handle(call, peer);
      if (answer !== 'none') socket.write(frameJson({ jsonrpc: '2.0', id: message.id, ...answer }));
    };
    const read = frameReader((message, attachments) => void receive(message, attachments));
    socket.on('data', read);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      endWaiters.splice(0).forEach((resolve) => resolve());
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return daemon;
}

export function frameJson(value: unknown): Buffer {
  return frame(Buffer.from(JSON.stringify(value)), false);
}

function frame(body: Buffer, binary: boolean): Buffer {
  const type = binary ? '\r\nContent-Type: application/octet-stream' : '';
  return Buffer.concat([Buffer.from(`Content-Length: ${String(body.length)}${type}\r\n\r\n`), body]);
}

function frameReader(onMessage: (message: Message, attachments: readonly Buffer[]) => void) {
  let input = Buffer.alloc(0);
  let attachments: Buffer[] = [];
  return (data: Buffer): void => {
    input = Buffer.concat([input, data]);
    for (;;) {
      const headerEnd = input.indexOf('\r\n\r\n');
      if (headerEnd < 0) return;
      const header = input.subarray(0, headerEnd).toString('latin1');
      const length = Number(/^Content-Length: (\d+)/.exec(header)?.[1]);
      if (Number.isNaN(length)) throw new Error(`no length in: ${header}`);
      const end = headerEnd + 4 + length;
      if (input.length < end) return;
      const body = input.subarray(headerEnd + 4, end);
      input = input.subarray(end);
      if (header.includes('octet-stream')) {
        attachments.push(Buffer.from(body));
      } else {
        const message = JSON.parse(body.toString('utf8')) as Message;
        onMessage(message, attachments);
        attachments = [];
      }
    }
  };
}

/** The answer of a command that succeeded, with what a test wants different. */
export function outcome(changes: Readonly<Record<string, unknown>> = {}): { readonly result: unknown } {
  const nothing = { exitCode: 0, stdout: '', stderr: '', append: [], write: [], rename: [], unlink: [] };
  return { result: { ...nothing, forgetObjects: false, exec: null, ...changes } };
}
