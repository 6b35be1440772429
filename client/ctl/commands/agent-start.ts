/** `gitisoctl agent start`. */
import { defineCommand } from '../command';
import { forEachId } from '../each-agent';
import { rest } from '../option';

export const command = defineCommand({
  words: ['agent', 'start'],
  summary: 'start the containers of stopped agents',
  positionals: { ids: rest('many', 'ID', 'ids of the agents', 'agent') },
  options: {},
  prints: 'answer',
  run: ({ ids }, context) =>
    forEachId(
      {
        ids,
        isList: ids.length > 1,
        request: (id) => context.daemon.call('agent.start', { id }),
        report: 'each',
        render: (answers) => answers.map(({ id }) => `started ${id}\n`).join(''),
      },
      context,
    ),
});
