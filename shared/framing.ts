/**
 * Frames of the protocol (docs/protocol.md), both directions, for the daemon and the client: bytes to bodies
 * and attachments and back. Pure: does no I/O, keeps no time, and never holds more than its limits.
 */
import { GitisoError } from './errors';

export type Framing = 'lines' | 'headers';

export interface FrameLimits {
  /** Largest JSON body; bytes. */
  readonly frameBytes: number;
  /** Largest sum of the attachments of one message; bytes. */
  readonly attachmentBytes: number;
  readonly attachmentCount: number;
}

/** One message: its JSON text, not yet checked in any way, and the binary frames that came ahead of it. */
export interface Frame {
  readonly body: Buffer;
  readonly attachments: readonly Buffer[];
}

export interface FrameDecoder {
  /** Takes over the chunk: the caller must not write to it again. */
  readonly push: (chunk: Buffer) => void;
  /**
   * The next whole message, null when more bytes are needed. Throws GitisoError 'parse-error' or 'limit-exceeded'
   * when the stream cannot be understood from here on; the connection is then to be closed.
   */
  readonly next: () => Frame | null;
  /** null before the first byte. */
  readonly framing: () => Framing | null;
  /** Bytes held in memory: unfinished frames and attachments that wait for their message. */
  readonly heldBytes: () => number;
}

const attachmentType = 'application/octet-stream';
const maxHeaderBytes = 1024;
/** In a row; they cost time and are no frames. */
const maxBlankLines = 16;
const newline = 0x0a;
const headerEnd = Buffer.from('\r\n\r\n');

/** `expected`: what a client asked in, so that the answer must be in; otherwise the first byte decides. */
export function createFrameDecoder(limits: () => FrameLimits, expected?: Framing): FrameDecoder {
  const input = createInput();
  let framing = expected ?? null;
  let header: Header | null = null;
  let attachments: Buffer[] = [];
  let attachmentBytes = 0;
  let blankLines = 0;

  function nextLine(): Frame | null {
    for (;;) {
      const end = input.indexOf(newline);
      if ((end === -1 ? input.length() : end) > limits().frameBytes)
        throw tooLong('line', limits().frameBytes);
      if (end === -1) return null;
      const body = input.take(end);
      input.take(1);
      if (!isBlank(body)) {
        blankLines = 0;
        return { body, attachments: [] };
      }
      blankLines += 1;
      if (blankLines > maxBlankLines) throw new GitisoError('limit-exceeded', 'too many empty lines');
    }
  }

  function nextBody(): Frame | null {
    for (;;) {
      header ??= readHeader();
      if (header === null || input.length() < header.length) return null;
      const body = input.take(header.length);
      const { isAttachment } = header;
      header = null;
      if (!isAttachment) {
        const frame = { body, attachments };
        attachments = [];
        attachmentBytes = 0;
        return frame;
      }
      attachments.push(body);
      attachmentBytes += body.length;
    }
  }

  function readHeader(): Header | null {
    const end = input.indexOf(headerEnd);
    // Part of the end may have come already.
    const length = end === -1 ? input.length() - (headerEnd.length - 1) : end;
    if (length > maxHeaderBytes) throw tooLong('header', maxHeaderBytes);
    if (end === -1) return null;
    const parsed = parseHeader(input.take(end).toString('latin1'));
    input.take(headerEnd.length);
    const { frameBytes, attachmentBytes: limit, attachmentCount } = limits();
    if (!parsed.isAttachment && parsed.length > frameBytes) throw tooLong('frame', frameBytes);
    if (parsed.isAttachment && attachmentBytes + parsed.length > limit)
      throw tooLong('sum of attachments', limit);
    if (parsed.isAttachment && attachments.length >= attachmentCount) {
      throw new GitisoError('limit-exceeded', `more than ${String(attachmentCount)} attachments`);
    }
    return parsed;
  }

  return {
    push: input.push,
    next: () => {
      if (framing === null) {
        const first = input.first();
        if (first === undefined) return null;
        framing = framingOf(first);
      }
      return framing === 'lines' ? nextLine() : nextBody();
    },
    framing: () => framing,
    heldBytes: () => input.length() + attachmentBytes,
  };
}

/** The text to send for one JSON message. */
export function encodeMessage(framing: Framing, json: string): string {
  return framing === 'lines'
    ? `${json}\n`
    : `Content-Length: ${String(Buffer.byteLength(json))}\r\n\r\n${json}`;
}

/** What goes ahead of the raw bytes of an attachment; attachments exist with headers only. */
export function encodeAttachmentHeader(bytes: Buffer): string {
  return `Content-Length: ${String(bytes.length)}\r\nContent-Type: ${attachmentType}\r\n\r\n`;
}

function framingOf(firstByte: number): Framing {
  const character = String.fromCharCode(firstByte);
  if (character === '{' || character === '[') return 'lines';
  if (character === 'C') return 'headers';
  throw new GitisoError('parse-error', 'the first byte must begin a JSON text or a Content-Length header');
}

interface Header {
  readonly length: number;
  readonly isAttachment: boolean;
}

function parseHeader(text: string): Header {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const [, name, value] = /^([A-Za-z-]{1,40}):[ \t]*([\x20-\x7e]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || fields.has(name.toLowerCase())) {
      throw new GitisoError('parse-error', 'a frame header is malformed');
    }
    fields.set(name.toLowerCase(), value.trimEnd());
  }
  const length = fields.get('content-length') ?? '';
  if (!/^[0-9]{1,15}$/.test(length)) throw new GitisoError('parse-error', 'Content-Length must be a number');
  const type = fields.get('content-type') ?? '';
  if (/charset=(?!"?utf-?8"?(;|$))/i.test(type))
    throw new GitisoError('parse-error', 'the charset must be utf-8');
  return { length: Number(length), isAttachment: type.toLowerCase() === attachmentType };
}

function isBlank(line: Buffer): boolean {
  return line.length <= 1 && (line.length === 0 || line[0] === 0x0d);
}

function tooLong(what: string, limit: number): GitisoError {
  return new GitisoError('limit-exceeded', `a ${what} is longer than ${String(limit)} bytes`, {
    details: { limit },
  });
}

/** Received bytes in order. One chunk is used as it is; more are gathered in a buffer that doubles. */
function createInput() {
  let store: Buffer = Buffer.alloc(0);
  let start = 0;
  let end = 0;
  let searched = 0;
  let isOwn = false;

  return {
    length: () => end - start,
    first: () => (end > start ? store[start] : undefined),
    push: (chunk: Buffer): void => {
      if (start === end) {
        [store, start, end, searched, isOwn] = [chunk, 0, chunk.length, 0, false];
        return;
      }
      const held = end - start;
      if (!isOwn || store.length - end < chunk.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(2 * held, held + chunk.length, 256));
        store.copy(grown, 0, start, end);
        [store, searched, start, end, isOwn] = [grown, Math.max(0, searched - start), 0, held, true];
      }
      chunk.copy(store, end);
      end += chunk.length;
    },
    /** Offset from the front, -1: not there. What was searched is not searched again. */
    indexOf: (wanted: number | Buffer): number => {
      const found = store.subarray(0, end).indexOf(wanted, Math.max(start, searched));
      searched = found === -1 ? end - (typeof wanted === 'number' ? 0 : wanted.length - 1) : found;
      return found === -1 ? -1 : found - start;
    },
    /** A view of the front, never overwritten later. */
    take: (length: number): Buffer => {
      const bytes = store.subarray(start, start + length);
      start += length;
      return bytes;
    },
  };
}
