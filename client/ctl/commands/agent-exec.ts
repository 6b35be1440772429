/** `gitisoctl agent exec`: any command in the container, as if it ran here. */
import { parseVariable } from '../agent-options';
import { defineCommand } from '../command';
import { flag, one, optional, repeatable, verbatim } from '../option';
import { wholeNumber } from '../quantities';
import { readStdin } from '../read-input';
import { runInAgent } from '../run-in-agent';

/** As base64, with the rest of the request, it has to fit into a frame (limits.frameBytes, 1 MiB by default). */
const longestStdinBytes = 700 * 1024;
const secondsInDay = 86400;

export const command = defineCommand({
  words: ['agent', 'exec'],
  summary: "run a command in an agent's container",
  details:
    "Standard output and standard error are the command's own bytes, and so is the exit code (an error of\n" +
    'gitiso itself is told on standard error). Ctrl-C cancels it.',
  positionals: {
    id: one('ID', 'id of the agent', 'agent'),
    argv: verbatim('COMMAND', 'the command and its arguments', 'after-options'),
  },
  options: {
    workdir: optional('DIR', 'folder in the container (default: /workspace)'),
    env: repeatable('KEY=VALUE', 'environment variable of the command', 'none', parseVariable),
    stdin: flag('give it the standard input, up to 700 KiB'),
    timeout: optional('SECONDS', 'end it after so many seconds', 'none', wholeNumber(1, secondsInDay)),
  },
  prints: 'raw',
  run: async ({ id, argv, workdir, env, stdin, timeout }, context) =>
    runInAgent(
      {
        id,
        argv,
        workdir,
        environment: env.length === 0 ? undefined : Object.fromEntries(env),
        stdin: stdin ? await readStdin(context.terminal, longestStdinBytes) : undefined,
        timeoutMs: timeout === undefined ? undefined : timeout * 1000,
      },
      context,
    ),
});
