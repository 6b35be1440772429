/** `gitisoctl agent logs`: what the container printed; on a terminal control characters are made visible. */
import { defineCommand } from '../command';
import { omitUndefined } from '../omit-undefined';
import { one, optional } from '../option';
import { wholeNumber } from '../quantities';

export const command = defineCommand({
  words: ['agent', 'logs'],
  summary: 'print the last lines of a container',
  positionals: { id: one('ID', 'id of the agent', 'agent') },
  options: { tail: optional('COUNT', 'so many lines', 'none', wholeNumber(1, 10000)) },
  prints: 'answer',
  run: async ({ id, tail }, { daemon, output }) => {
    const result = await daemon.call('agent.logs', omitUndefined({ id, tail }));
    if (output.isJson) return output.answer(result, () => '');
    output.log('stdout', result.stdout);
    output.log('stderr', result.stderr);
    return 0;
  },
});
