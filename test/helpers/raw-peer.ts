/** A peer on a socket that can misbehave: raw bytes out, and whatever comes back as bytes or parsed messages. */
import { connect, type Socket } from 'node:net';
import {
  createFrameDecoder,
  encodeAttachmentHeader,
  encodeMessage,
  type Framing,
} from '../../shared/framing';

export interface RawMessage {
  readonly value: Record<string, unknown>;
  readonly attachments: readonly Buffer[];
}

export interface RawPeer {
  readonly socket: Socket;
  readonly write: (bytes: string | Buffer) => void;
  /** Attachments exist with headers only. */
  readonly send: (message: unknown, attachments?: readonly Buffer[]) => void;
  /** The next message; rejects when the connection closes first. */
  readonly next: () => Promise<RawMessage>;
  /** Resolves when the daemon has closed the connection. */
  readonly closed: Promise<void>;
  readonly close: () => void;
}

const limits = { frameBytes: 1 << 28, attachmentBytes: 1 << 28, attachmentCount: 100 };

export async function connectRaw(path: string, framing: Framing): Promise<RawPeer> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect(path, () => resolve(opened));
    opened.once('error', reject);
  });
  const decoder = createFrameDecoder(() => limits, framing);
  const arrived: RawMessage[] = [];
  let isClosed = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      const value = JSON.parse(frame.body.toString('utf8')) as Record<string, unknown>;
      arrived.push({ value, attachments: frame.attachments });
    }
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      wake();
      resolve();
    });
  });

  return {
    socket,
    write: (bytes) => socket.write(bytes),
    send: (message, attachments = []) => {
      for (const bytes of attachments) {
        socket.write(encodeAttachmentHeader(bytes));
        socket.write(bytes);
      }
      socket.write(encodeMessage(framing, JSON.stringify(message)));
    },
    next: async () => {
      for (;;) {
        const message = arrived.shift();
        if (message !== undefined) return message;
        if (isClosed) throw new Error('the connection was closed');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    closed,
    close: () => socket.destroy(),
  };
}
