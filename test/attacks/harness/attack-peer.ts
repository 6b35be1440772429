/** A hostile program on the agent's socket: raw bytes out, whatever comes back as messages, and answers of its own making. */
import type { Socket } from 'node:net';
import {
  createFrameDecoder,
  encodeAttachmentHeader,
  encodeMessage,
  type Framing,
} from '../../../shared/framing';

export interface AttackMessage {
  readonly value: Readonly<Record<string, unknown>>;
  readonly attachments: readonly Buffer[];
}

/** What the container answers to a request of the daemon's. */
export interface PeerReply {
  readonly result: unknown;
  readonly attachments?: readonly Buffer[];
}

/** Null: no answer at all. */
export type Answering = (
  method: string,
  params: Readonly<Record<string, unknown>>,
) => PeerReply | null | Promise<PeerReply | null>;

export interface AttackPeer {
  readonly write: (bytes: string | Buffer) => void;
  /** Closes the sending side. */
  readonly finish: () => void;
  readonly send: (message: unknown, attachments?: readonly Buffer[]) => void;
  /** The next message; rejects when the connection is closed first. */
  readonly next: () => Promise<AttackMessage>;
  /** Sends a request and answers what the daemon asks meanwhile; for several at once the last `answering` holds. */
  readonly call: (
    method: string,
    params: unknown,
    options?: { readonly attachments?: readonly Buffer[]; readonly answering?: Answering },
  ) => Promise<Readonly<Record<string, unknown>>>;
  /** Everything the daemon has said, as text. */
  readonly heard: () => string;
  /** Resolves when the daemon has closed the connection. */
  readonly closed: Promise<void>;
  readonly close: () => Promise<void>;
}

const limits = { frameBytes: 1 << 28, attachmentBytes: 1 << 28, attachmentCount: 100 };

export function openPeer(socket: Socket, framing: Framing = 'headers'): AttackPeer {
  const decoder = createFrameDecoder(() => limits, framing);
  const arrived: AttackMessage[] = [];
  const pending = new Map<unknown, (answer: AttackMessage['value']) => void>();
  let answering: Answering | null = null;
  let text = '';
  let isClosed = false;
  let isStream = false;
  let lastId = 0;
  let wake: () => void = () => undefined;

  function send(message: unknown, attachments: readonly Buffer[] = []): void {
    for (const bytes of attachments) {
      socket.write(encodeAttachmentHeader(bytes));
      socket.write(bytes);
    }
    socket.write(encodeMessage(framing, JSON.stringify(message)));
  }

  async function reply(value: AttackMessage['value']): Promise<void> {
    const params = (value['params'] ?? {}) as Record<string, unknown>;
    const said = await answering?.(String(value['method']), params);
    if (said !== undefined && said !== null)
      send({ jsonrpc: '2.0', id: value['id'], result: said.result }, said.attachments);
  }

  function take(message: AttackMessage): void {
    const { value } = message;
    const waiting = value['method'] === undefined ? pending.get(value['id']) : undefined;
    const isQuestion = typeof value['method'] === 'string' && value['id'] !== undefined;
    if (waiting !== undefined) waiting(value);
    else if (isQuestion && answering !== null) void reply(value);
    else arrived.push(message);
    // What follows is git's.
    isStream = (value['result'] as { connected?: unknown } | undefined)?.connected === true;
  }

  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (!isStream) decoder.push(chunk);
    for (let frame = isStream ? null : decoder.next(); frame !== null; frame = decoder.next()) {
      const value = JSON.parse(frame.body.toString('utf8')) as AttackMessage['value'];
      take({ value, attachments: frame.attachments });
      if (isStream) break;
    }
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      wake();
      resolve();
    });
  });

  return {
    write: (bytes) => socket.write(bytes),
    finish: () => socket.end(),
    send,
    next: async () => {
      for (;;) {
        const message = arrived.shift();
        if (message !== undefined) return message;
        if (isClosed) throw new Error(`the connection was closed: ${text.slice(-500)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    call: async (method, params, options = {}) => {
      lastId += 1;
      const id = `attack-${String(lastId)}`;
      if (options.answering !== undefined) answering = options.answering;
      const answer = new Promise<AttackMessage['value']>((resolve) => {
        pending.set(id, resolve);
      });
      send({ jsonrpc: '2.0', id, method, params }, options.attachments);
      const gone = closed.then((): never => {
        throw new Error(`the connection was closed: ${text.slice(-500)}`);
      });
      return Promise.race([answer, gone]);
    },
    heard: () => text,
    closed,
    close: async () => {
      socket.destroy();
      await closed;
    },
  };
}
