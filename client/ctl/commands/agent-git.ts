/** `gitisoctl agent git`: any git command in the agent's workspace; everything after ID is git's. */
import { defineCommand } from '../command';
import { one, verbatim } from '../option';
import { runInAgent } from '../run-in-agent';

export const command = defineCommand({
  words: ['agent', 'git'],
  summary: "run git in an agent's workspace",
  details:
    'Everything after ID is passed to git. It runs as the agent, under the same policy; output and exit code\n' +
    "are git's own.",
  positionals: {
    id: one('ID', 'id of the agent', 'agent'),
    args: verbatim('ARGUMENT', "git's arguments", 'immediate'),
  },
  options: {},
  prints: 'raw',
  run: ({ id, args }, context) => runInAgent({ id, argv: ['git', ...args] }, context),
});
