/** `gitisoctl repo show`. */
import { defineCommand } from '../command';
import { describeRepoInFull } from '../describe-repo';
import { one } from '../option';

export const command = defineCommand({
  words: ['repo', 'show'],
  summary: 'show one repository with its branches and size',
  positionals: { id: one('REPO', 'id of the repository', 'repo') },
  options: {},
  prints: 'answer',
  run: async ({ id }, { daemon, output }) =>
    output.answer(await daemon.call('repo.show', { id }), describeRepoInFull),
});
