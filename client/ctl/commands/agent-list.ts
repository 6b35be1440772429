/** `gitisoctl agent list`. */
import { defineCommand } from '../command';
import { describeAgents } from '../describe-agent';
import { describeDamaged } from '../describe-damaged';
import { omitUndefined } from '../omit-undefined';
import { flag, optional } from '../option';

export const command = defineCommand({
  words: ['agent', 'list'],
  summary: 'list the agents',
  positionals: {},
  options: {
    repo: optional('REPO', 'only agents of this repository', 'repo'),
    removed: flag('also removed agents that can be restored'),
  },
  prints: 'answer',
  run: async ({ repo, removed }, { daemon, output }) => {
    const result = await daemon.call('agent.list', omitUndefined({ repo, removed: removed || undefined }));
    return output.answer(
      result,
      ({ agents, damaged }, style) => describeAgents(agents, style) + describeDamaged(damaged, style),
    );
  },
});
