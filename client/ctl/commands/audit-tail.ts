/** `gitisoctl audit tail`: the newest audit records, oldest first. */
import type { AuditRecord } from '../../../shared/records';
import { defineCommand } from '../command';
import { omitUndefined } from '../omit-undefined';
import { optional } from '../option';
import { wholeNumber } from '../quantities';
import { paintStatus } from '../style';
import { renderTable } from '../table';

export const command = defineCommand({
  words: ['audit', 'tail'],
  summary: 'print the newest audit records, oldest first',
  positionals: {},
  options: {
    limit: optional('COUNT', 'at most so many', 'none', wholeNumber(1, 10000)),
    agent: optional('ID', 'only records of this agent', 'agent'),
  },
  prints: 'answer',
  run: async ({ limit, agent }, { daemon, output }) => {
    const result = await daemon.call('audit.tail', omitUndefined({ limit, agent }));
    return output.answer(result, ({ records }, style) => {
      if (records.length === 0) return 'no records\n';
      return renderTable(
        [
          { header: 'SEQ', value: ({ seq }) => String(seq), align: 'right' },
          { header: 'TIME', value: ({ time }) => time },
          { header: 'AGENT', value: (record) => record.agent ?? '(admin)' },
          { header: 'REPO', value: ({ repo }) => repo ?? '-' },
          { header: 'VERDICT', value: ({ verdict }) => verdict, paint: paintStatus },
          { header: 'RULE', value: ({ rule }) => rule ?? '-' },
          { header: 'METHOD', value: ({ method }) => method },
          { header: 'WHAT', value: describeWhat },
        ],
        records,
        style,
      );
    });
  },
});

/** The moved refs, and the command line as the agent gave it. */
function describeWhat({ refs, argv }: AuditRecord): string {
  const moves = refs.map((move) => `${move.ref} ${move.old.slice(0, 12)}..${move.new.slice(0, 12)}`);
  // Arguments are bytes, one per character; people read them as UTF-8.
  const words = argv.map((word) => Buffer.from(word, 'latin1').toString('utf8'));
  return [...moves, words.join(' ')].filter((part) => part !== '').join('; ');
}
