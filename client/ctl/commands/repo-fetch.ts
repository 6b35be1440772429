/** `gitisoctl repo fetch`. */
import { defineCommand } from '../command';
import { one } from '../option';
import { renderTable } from '../table';

export const command = defineCommand({
  words: ['repo', 'fetch'],
  summary: 'bring a repository up to date with its source and remote',
  positionals: { id: one('REPO', 'id of the repository', 'repo') },
  options: {},
  prints: 'answer',
  run: async ({ id }, { daemon, output }) => {
    const result = await daemon.call('repo.fetch', { id }, { onProgress: output.progress.show });
    return output.answer(result, ({ updated }, style) => {
      if (updated.length === 0) return 'already up to date\n';
      return renderTable(
        [
          { header: 'REF', value: (update) => update.ref, canShrink: true },
          { header: 'OLD', value: (update) => shortOid(update.old) },
          { header: 'NEW', value: (update) => shortOid(update.new) },
        ],
        updated,
        style,
      );
    });
  },
});

/** Twelve digits; a dash for the zero id of a ref that is new or gone. */
function shortOid(oid: string): string {
  return /^0+$/.test(oid) ? '-' : oid.slice(0, 12);
}
