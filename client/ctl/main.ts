#!/usr/bin/env node
/** The program `gitisoctl`: gives the process to `run` and its result to the shell; nothing else touches it. */
import { isatty } from 'node:tty';
import { connect } from '../rpc-client';
import { commands } from './commands';
import { run } from './run';
import { Interruption, type OutputStream } from './terminal';
import { readVersion } from './version';

/** 128 and the number of SIGPIPE. */
const brokenPipeExit = 141;
const stopping = new AbortController();

/** The first signal cancels the request, the second one ends the process as it would without us. */
function stopOn(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', message: string, number: number): void {
  process.once(signal, () => stopping.abort(new Interruption(message, 128 + number)));
}
stopOn('SIGINT', 'interrupted', 2);
stopOn('SIGTERM', 'terminated', 15);
stopOn('SIGHUP', 'hung up', 1);

function toOutputStream(stream: NodeJS.WriteStream, descriptor: 1 | 2): OutputStream {
  // A reader that went away (`| head`) ends us quietly, as SIGPIPE would; it may turn out after all was written.
  let isBroken = false;
  stream.on('error', () => {
    isBroken = true;
    process.exitCode = brokenPipeExit;
    stopping.abort(new Interruption('', brokenPipeExit));
  });
  const isTerminal = isatty(descriptor);
  return {
    write: (data) => {
      if (!isBroken) stream.write(data);
    },
    isTerminal,
    columns: isTerminal && stream.columns > 0 ? stream.columns : null,
  };
}

async function main(): Promise<void> {
  const exit = await run(
    process.argv.slice(2),
    {
      stdout: toOutputStream(process.stdout, 1),
      stderr: toOutputStream(process.stderr, 2),
      stdin: () => process.stdin,
      env: process.env,
      cwd: () => process.cwd(),
      uid: process.getuid?.() ?? -1,
      now: () => new Date(),
      signal: stopping.signal,
    },
    { catalogue: commands, version: () => readVersion(__dirname), connect },
  );
  process.exitCode ??= exit;
}

void main();
