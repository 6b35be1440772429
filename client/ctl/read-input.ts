/** Reads what the user gives a command: a file, or standard input for `-`; always bounded. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

/** A request frame can not be larger either. */
const limitBytes = 16 * 1024 * 1024;

/** Throws UsageError when the file can not be read. */
export async function readInput(name: string, terminal: Terminal): Promise<string> {
  if (name === '-') return (await readStdin(terminal, limitBytes)).toString('utf8');
  try {
    return await readFile(resolve(terminal.cwd(), name), { encoding: 'utf8', signal: terminal.signal });
  } catch (error) {
    terminal.signal.throwIfAborted();
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`can not read '${name}': ${code}`);
  }
}

/** All of standard input; throws UsageError when it is longer. */
export async function readStdin(terminal: Terminal, longestBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(terminal.signal, terminal.stdin())) {
      chunks.push(chunk as Uint8Array);
      length += (chunk as Uint8Array).length;
      if (length > longestBytes) throw new UsageError(`standard input is longer than ${longestBytes} bytes`);
    }
  } catch (error) {
    terminal.signal.throwIfAborted();
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Throws UsageError that says where the text is wrong. */
export function parseJson(text: string, what: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new UsageError(`${what} is not JSON: ${(error as Error).message}`);
  }
}
