/** One run of gitisoctl: command line in, exit code out. It touches nothing but the terminal and the daemon. */
import type { Command, CommandContext } from './command';
import { openDaemon, type Connect, type OpenDaemon } from './daemon';
import { explainError } from './explain-error';
import { findCommand, type Catalogue, type CommandLine } from './find-command';
import { allOptionsOf, leadingOptions } from './global-options';
import { commandHelp, groupHelp } from './help';
import { createOutput } from './output';
import { parseArguments, type ParsedArguments } from './parse-arguments';
import { chooseSocketPath } from './socket-path';
import type { Terminal } from './terminal';
import { UsageError, usageExit } from './usage-error';

export interface Program {
  readonly catalogue: Catalogue;
  readonly version: () => string;
  readonly connect: Connect;
}

/** Never rejects: what goes wrong is told on standard error and is the exit code. */
export async function run(argv: readonly string[], terminal: Terminal, program: Program): Promise<number> {
  let line: CommandLine | null = null;
  try {
    line = findCommand(program.catalogue, argv);
    if (line.entry === null) return runWithoutCommand(line, terminal, program);
    const { command } = line.entry.load();
    return await runCommand(command, line.rest, terminal, program);
  } catch (error) {
    return report(error, line?.words ?? [], terminal);
  }
}

function runWithoutCommand({ words, rest }: CommandLine, terminal: Terminal, program: Program): number {
  const { options } = parseArguments({ options: leadingOptions, positionals: {} }, rest);
  if (options.has('version')) {
    terminal.stdout.write(`gitisoctl ${program.version()}\n`);
    return 0;
  }
  const isAsked = options.has('help');
  terminal[isAsked ? 'stdout' : 'stderr'].write(groupHelp(program.catalogue, words));
  return isAsked ? 0 : usageExit;
}

async function runCommand(
  command: Command,
  words: readonly string[],
  terminal: Terminal,
  program: Program,
): Promise<number> {
  const { positionals } = command;
  const parsed = parseArguments({ options: allOptionsOf(command), positionals }, words);
  if (parsed.options.has('help')) {
    terminal.stdout.write(commandHelp(command));
    return 0;
  }
  const start = command.prepare(parsed);
  const opened: OpenDaemon[] = [];
  const daemonAt = (flag: string | undefined): OpenDaemon => {
    const { env, uid } = terminal;
    const daemon = openDaemon(() => chooseSocketPath({ flag, env, uid }), terminal, program.connect);
    opened.push(daemon);
    return daemon;
  };
  const context: CommandContext = {
    daemon: daemonAt(lastOption(parsed, 'socket')),
    daemonAt,
    output: createOutput(terminal, parsed.options.has('json')),
    terminal,
    catalogue: program.catalogue,
  };
  try {
    return await start(context);
  } finally {
    context.output.progress.clear();
    await Promise.all(opened.map((daemon) => daemon.close()));
  }
}

function report(error: unknown, words: readonly string[], terminal: Terminal): number {
  const { message, hint, exit } = explainError(error);
  const output = createOutput(terminal, false);
  if (message !== '') output.note('gitisoctl', message);
  const usageHint = `${['gitisoctl', ...words].join(' ')} --help shows how to use it`;
  const shownHint = hint ?? (error instanceof UsageError ? usageHint : null);
  if (shownHint !== null) output.note('hint', shownHint);
  return exit;
}

function lastOption(parsed: ParsedArguments, key: string): string | undefined {
  return parsed.options.get(key)?.at(-1);
}
