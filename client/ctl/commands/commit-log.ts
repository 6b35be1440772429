/** `gitisoctl commit log`. */
import { defineCommand } from '../command';
import { omitUndefined } from '../omit-undefined';
import { optional } from '../option';
import { formatAge, wholeNumber } from '../quantities';
import { renderTable } from '../table';

export const command = defineCommand({
  words: ['commit', 'log'],
  summary: 'list the commits that the daemon accepted, newest first',
  positionals: {},
  options: {
    repo: optional('REPO', 'only commits in this repository', 'repo'),
    agent: optional('ID', 'only commits of this agent', 'agent'),
    limit: optional('COUNT', 'at most so many', 'none', wholeNumber(1, 10000)),
  },
  prints: 'answer',
  run: async ({ repo, agent, limit }, { daemon, output }) => {
    const result = await daemon.call('commit.log', omitUndefined({ repo, agent, limit }));
    return output.answer(result, ({ commits }, style) => {
      if (commits.length === 0) return 'no commits\n';
      return renderTable(
        [
          {
            header: 'COMMIT',
            value: ({ commit }) => commit.slice(0, 12),
            paint: (own, cell) => own.paint('yellow', cell),
          },
          { header: 'WHEN', value: ({ time }) => formatAge(time, style.now) },
          { header: 'AGENT', value: (commit) => commit.agent },
          { header: 'REPO', value: (commit) => commit.repo },
          { header: 'BRANCH', value: ({ ref }) => ref.replace(/^refs\/heads\//, ''), canShrink: true },
          { header: 'SUBJECT', value: ({ subject }) => subject, canShrink: true },
        ],
        commits,
        style,
      );
    });
  },
});
