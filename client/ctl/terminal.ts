/** What a command may touch of the outside world; main.ts makes it from the process, tests make their own. */

import type { Readable } from 'node:stream';

export interface OutputStream {
  /** Text or bytes, unchanged. */
  readonly write: (data: string | Uint8Array) => void;
  readonly isTerminal: boolean;
  /** Width of the terminal; null when the stream is not one, so that nothing is cut. */
  readonly columns: number | null;
}

export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: () => Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths on the command line are relative to it. */
  readonly cwd: () => string;
  readonly uid: number;
  readonly now: () => Date;
  /** Aborted by Ctrl-C, SIGTERM, or when nobody reads the output any more; the reason is an `Interruption`. */
  readonly signal: AbortSignal;
}

/** Why the work was stopped from outside; `exit` follows the shell's convention of 128 + signal number. */
export class Interruption extends Error {
  constructor(
    message: string,
    readonly exit: number,
  ) {
    super(message);
    this.name = 'Interruption';
  }
}
