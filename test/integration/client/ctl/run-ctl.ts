/** Runs gitisoctl inside the test against a scripted daemon on a real socket. */
import { commands } from '../../../../client/ctl/commands';
import { run } from '../../../../client/ctl/run';
import { connect } from '../../../../client/rpc-client';
import {
  recordTerminal,
  type RecordedTerminal,
  type TerminalOptions,
} from '../../../unit/client/ctl/recording-terminal';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly terminal: RecordedTerminal;
}

/** `socket` is what GITISO_SOCKET names. */
export async function runCtl(
  socket: string,
  words: readonly string[],
  options: TerminalOptions = {},
): Promise<Ran> {
  const terminal = recordTerminal({ ...options, env: { GITISO_SOCKET: socket, ...options.env } });
  const exit = await run(words, terminal, { catalogue: commands, version: () => '1.2.3', connect });
  return { exit, out: terminal.stdout.text(), err: terminal.stderr.text(), terminal };
}

/** What an agent may try: colours, and text that runs backwards. */
export const hostile = '\x1b[31mred\u202e';
