/** `gitisoctl repo list`. */
import { defineCommand } from '../command';
import { describeDamaged } from '../describe-damaged';
import { describeRepos } from '../describe-repo';

export const command = defineCommand({
  words: ['repo', 'list'],
  summary: 'list the repositories',
  positionals: {},
  options: {},
  prints: 'answer',
  run: async (_values, { daemon, output }) =>
    output.answer(
      await daemon.call('repo.list', {}),
      ({ repos, damaged }, style) => describeRepos(repos, style) + describeDamaged(damaged, style),
    ),
});
