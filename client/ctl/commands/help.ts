/** `gitisoctl help`. */
import { defineCommand } from '../command';
import { findCommand } from '../find-command';
import { helpFor } from '../help';
import { rest } from '../option';
import { UsageError } from '../usage-error';

export const command = defineCommand({
  words: ['help'],
  summary: 'explain a command',
  positionals: { words: rest('any', 'COMMAND', 'words of a command (default: all commands)', 'command') },
  options: {},
  prints: 'raw',
  run: ({ words }, { catalogue, output }) => {
    findCommand(catalogue, words);
    const page = helpFor(catalogue, words);
    if (page === null) throw new UsageError(`unknown command '${words.join(' ')}'`);
    output.text(page);
    return Promise.resolve(0);
  },
});
