/** The options that every command has, wherever they stand before another program's command line. */
import type { Command } from './command';
import { flag, optional, type Options } from './option';

const socket = optional(
  'PATH',
  "the daemon's admin socket (default: $GITISO_SOCKET, else found by itself)",
  'file',
);
const json = flag("print the method's result as JSON, for programs");
const help = flag('show how to use the command');

/** Before the command's words, where the command is not known yet. */
export const leadingOptions = {
  socket,
  json,
  help,
  version: flag('print the version of gitisoctl'),
} satisfies Options;

/** Among and after the command's words. */
export function globalOptionsOf(command: Command): Options {
  return command.prints === 'raw' ? { socket, help } : { socket, json, help };
}

/** Everything that can be given with a command. */
export function allOptionsOf(command: Command): Options {
  return { ...command.options, ...globalOptionsOf(command) };
}
