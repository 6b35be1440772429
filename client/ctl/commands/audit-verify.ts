/** `gitisoctl audit verify`: exits like the error 'audit-broken' when the chain does not hold. */
import { errorCatalogue } from '../../../shared/errors';
import { defineCommand } from '../command';
import { escapeLine } from '../escape-text';
import { formatCount } from '../quantities';

export const command = defineCommand({
  words: ['audit', 'verify'],
  summary: 'recompute the hash chain of the whole audit log',
  details: `Exits with ${errorCatalogue['audit-broken'].exit} when a record was changed, is missing or was cut off.`,
  positionals: {},
  options: {},
  prints: 'answer',
  run: async (_values, { daemon, output }) => {
    const verdict = await daemon.call('audit.verify', {}, { onProgress: output.progress.show });
    output.answer(verdict, ({ valid, records, head, problem }, style) => {
      const count = formatCount(records, 'record');
      if (valid) return `${style.paint('green', 'valid')}: ${count}, head ${escapeLine(head)}\n`;
      const where = problem === null ? '' : `, ${problem.segment} line ${problem.line}: ${problem.what}`;
      return `${style.paint('red', 'broken')} after ${count}${escapeLine(where)}\n`;
    });
    if (verdict.valid) return 0;
    output.note('hint', errorCatalogue['audit-broken'].hint);
    return errorCatalogue['audit-broken'].exit;
  },
});
