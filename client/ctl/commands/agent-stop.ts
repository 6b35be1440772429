/** `gitisoctl agent stop`. */
import { defineCommand } from '../command';
import { forEachId } from '../each-agent';
import { rest } from '../option';

export const command = defineCommand({
  words: ['agent', 'stop'],
  summary: 'stop the containers of agents; everything is kept',
  positionals: { ids: rest('many', 'ID', 'ids of the agents', 'agent') },
  options: {},
  prints: 'answer',
  run: ({ ids }, context) =>
    forEachId(
      {
        ids,
        isList: ids.length > 1,
        request: (id) => context.daemon.call('agent.stop', { id }),
        report: 'each',
        render: (answers) => answers.map(({ id }) => `stopped ${id}\n`).join(''),
      },
      context,
    ),
});
