/** A hostile helper: asks for a connection as git-remote-gitiso does, and then says whatever it likes. */
import { connect, type Socket } from 'node:net';

export interface RawStream {
  readonly socket: Socket;
  /** The answer to the request, as JSON. */
  readonly answer: Record<string, unknown>;
  readonly write: (...parts: readonly (string | Buffer)[]) => void;
  /** All the daemon said behind its answer, when it has closed the connection. */
  readonly all: () => Promise<string>;
  /** Resolves when the daemon has said this text. */
  readonly said: (text: string) => Promise<void>;
}

export function frame(message: unknown): string {
  const json = JSON.stringify(message);
  return `Content-Length: ${String(Buffer.byteLength(json))}\r\n\r\n${json}`;
}

export function connectRequest(service: string, url: string, more: object = {}): string {
  const params = { service, url, version: 0, progress: false, ...more };
  return frame({ jsonrpc: '2.0', id: 1, method: 'remote.connect', params });
}

/** `request`: the bytes to begin with. */
export async function openRaw(path: string, request: string): Promise<RawStream> {
  const socket = connect(path);
  let text = '';
  let isClosed = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!condition() && !isClosed) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  socket.write(request);
  let answer: Record<string, unknown> = {};
  const takeMessage = (): boolean => {
    const [, header = '', length = ''] = /^(Content-Length: (\d+)\r\n\r\n)/.exec(text) ?? [];
    const end = header.length + Number(length);
    if (header === '' || text.length < end) return false;
    const message = JSON.parse(text.slice(header.length, end)) as Record<string, unknown>;
    text = text.slice(end);
    if (message['id'] === undefined && !Array.isArray(message)) return takeMessage();
    answer = message;
    return true;
  };
  await until(takeMessage);
  return {
    socket,
    answer,
    write: (...parts) => {
      for (const part of parts) socket.write(part);
    },
    all: async () => {
      await until(() => false);
      return text;
    },
    said: (wanted) => until(() => text.includes(wanted)),
  };
}
