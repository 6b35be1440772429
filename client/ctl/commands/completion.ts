/** `gitisoctl completion`: prints the script for a shell. */
import { defineCommand } from '../command';
import { completionScripts, shells } from '../completion-scripts';
import { one, oneOf } from '../option';

export const command = defineCommand({
  words: ['completion'],
  summary: 'print a completion script for a shell',
  details: 'bash: source <(gitisoctl completion bash). The scripts of the others say how to install them.',
  positionals: { shell: one('SHELL', `one of ${shells.join(', ')}`, shells, oneOf(shells)) },
  options: {},
  prints: 'raw',
  run: ({ shell }, { output }) => {
    output.text(completionScripts[shell]);
    return Promise.resolve(0);
  },
});
