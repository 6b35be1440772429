/** `gitisoctl agent remove`: says where the snapshot of the work is. */
import type { ResultOf } from '../../../shared/contract';
import type { Methods } from '../../../shared/methods';
import { defineCommand } from '../command';
import { forEachId, type Answer } from '../each-agent';
import { escapeLine } from '../escape-text';
import { flag, rest } from '../option';

export const command = defineCommand({
  words: ['agent', 'remove'],
  summary: 'remove agents; their branches stay and a snapshot of their work is kept',
  details: 'An agent with uncommitted or unpublished work is refused without --force.',
  positionals: { ids: rest('many', 'ID', 'ids of the agents', 'agent') },
  options: { force: flag('also with uncommitted or unpublished work (a snapshot is kept)') },
  prints: 'answer',
  run: ({ ids, force }, context) =>
    forEachId(
      {
        ids,
        isList: ids.length > 1,
        request: async (id) => {
          const result = await context.daemon.call('agent.remove', force ? { id, force } : { id });
          if (!context.output.isJson)
            for (const text of result.warnings) context.output.note('warning', text);
          return result;
        },
        report: 'each',
        render: (answers) => answers.map(describeRemoval).join(''),
      },
      context,
    ),
});

function describeRemoval({ id, result }: Answer<ResultOf<Methods['agent.remove']>>): string {
  if (!result.removed) return `${id} was not there\n`;
  const where = result.snapshot === null ? '' : `; snapshot ${escapeLine(result.snapshot)}`;
  return `removed ${id}${where}\n`;
}
