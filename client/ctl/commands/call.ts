/** `gitisoctl call`: any method with parameters as they are; what no other command covers. */
import { defineCommand } from '../command';
import { maybe, one } from '../option';
import { parseJson, readInput } from '../read-input';

export const command = defineCommand({
  words: ['call'],
  summary: 'call any method of the daemon and print its result as JSON',
  details:
    'PARAMS is a JSON object, or - to read it from standard input. Output that the method streams (agent.exec)\n' +
    'goes to standard error. `gitisoctl discover` describes all methods.',
  positionals: {
    method: one('METHOD', 'name of the method, like agent.list'),
    params: maybe('PARAMS', 'parameters as JSON (default: {})'),
  },
  options: {},
  prints: 'json',
  run: async ({ method, params = '{}' }, { daemon, output, terminal }) => {
    const text = params === '-' ? await readInput('-', terminal) : params;
    const result = await daemon.callAny(method, parseJson(text, 'PARAMS'), {
      onProgress: output.progress.show,
      onOutput: (_stream, data) => output.log('stderr', Buffer.from(data).toString('utf8')),
    });
    output.progress.clear();
    output.json(result);
    return 0;
  },
});
