/** Terminals for tests that remember what was written. */
import { Readable } from 'node:stream';
import type { OutputStream, Terminal } from '../../../../client/ctl/terminal';

export interface RecordedStream extends OutputStream {
  readonly text: () => string;
  readonly bytes: () => Buffer;
}

/** A stream is a terminal when it has columns. */
export function recordStream({ columns = null }: { readonly columns?: number | null } = {}): RecordedStream {
  const chunks: Buffer[] = [];
  return {
    write: (data) => void chunks.push(Buffer.from(data)),
    isTerminal: columns !== null,
    columns,
    text: () => Buffer.concat(chunks).toString('utf8'),
    bytes: () => Buffer.concat(chunks),
  };
}

export interface RecordedTerminal extends Terminal {
  readonly stdout: RecordedStream;
  readonly stderr: RecordedStream;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly now?: Date;
}

/** By default nothing is a terminal, standard input is empty and the clock stands at 2025-01-01. */
export function recordTerminal(options: TerminalOptions = {}): RecordedTerminal {
  const {
    columns = null,
    stdin = '',
    env = {},
    cwd = '/home/me',
    now = new Date('2025-01-01T00:00:00Z'),
  } = options;
  const signal = options.signal ?? new AbortController().signal;
  return {
    stdout: recordStream({ columns }),
    stderr: recordStream({ columns }),
    stdin: () => Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    env,
    cwd: () => cwd,
    uid: 1000,
    now: () => now,
    signal,
  };
}
