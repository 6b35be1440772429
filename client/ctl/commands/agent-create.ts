/** `gitisoctl agent create`: one agent, with a summary of where it starts. */
import { agentOptions, toAgentOptions } from '../agent-options';
import { defineCommand } from '../command';
import { describeNewAgent } from '../describe-agent';
import { omitUndefined } from '../omit-undefined';
import { one, optional, required } from '../option';

export const command = defineCommand({
  words: ['agent', 'create'],
  summary: 'create an agent: branch, workspace and container, all or nothing',
  positionals: { id: one('ID', 'id of the new agent: lower-case letters, digits and dashes') },
  options: {
    repo: required('REPO', 'repository to work on', 'repo'),
    branch: optional('BRANCH', "the agent's own branch (default: agent/ID)"),
    name: optional('NAME', 'a name for people'),
    ...agentOptions,
  },
  prints: 'answer',
  run: async (values, { daemon, output, terminal }) => {
    const { id, repo, branch, name } = values;
    const params = {
      ...omitUndefined({ id, repo, branch, name }),
      ...toAgentOptions(values, terminal.cwd()),
    };
    output.progress.show({ stage: `creating ${id}`, percent: null, message: '' });
    const result = await daemon.call('agent.create', params, { onProgress: output.progress.show });
    const exit = output.answer(result, ({ agent, created }, style) => {
      const heading = created ? '' : 'the agent existed already\n';
      return heading + describeNewAgent(agent, style);
    });
    if (!output.isJson) for (const warning of result.warnings) output.note('warning', warning);
    return exit;
  },
});
