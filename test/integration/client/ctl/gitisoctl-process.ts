/** Starts the built gitisoctl as a process of its own, as a shell does. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { tempDir } from '../../../helpers/temp-dir';

export const program = join(__dirname, '../../../../build/client/ctl/main.js');

export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  /** Besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** null leaves the standard input open. */
  readonly input?: string | null;
}

export function startProcess(
  command: string,
  args: readonly string[],
  { env = {}, input = '' }: StartOptions = {},
): Started {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (input !== null) child.stdin.end(input);
  const closed = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (exit: number | null, signal: NodeJS.Signals | null) => resolve([exit, signal])),
  );
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([[exit, signal], out, err]) => ({ exit, signal, out, err }),
  );
  return { child, ended };
}

export function startCtl(args: readonly string[], options?: StartOptions): Started {
  return startProcess(process.execPath, [program, ...args], options);
}

/** A folder for PATH with the program as `gitisoctl`. */
export function folderWithCtl(): string {
  const folder = tempDir();
  const file = join(folder, 'gitisoctl');
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}
