/** `gitisoctl agent show`. */
import { defineCommand } from '../command';
import { describeAgent } from '../describe-agent';
import { one } from '../option';

export const command = defineCommand({
  words: ['agent', 'show'],
  summary: 'show one agent',
  positionals: { id: one('ID', 'id of the agent', 'agent') },
  options: {},
  prints: 'answer',
  run: async ({ id }, { daemon, output }) =>
    output.answer(await daemon.call('agent.show', { id }), ({ agent }, style) => describeAgent(agent, style)),
});
