/** `gitisoctl agent restore`. */
import { defineCommand } from '../command';
import { describeNewAgent } from '../describe-agent';
import { omitUndefined } from '../omit-undefined';
import { one, optional } from '../option';
import { wholeNumber } from '../quantities';

export const command = defineCommand({
  words: ['agent', 'restore'],
  summary: 'bring a removed agent back with its staged, unstaged and untracked work',
  positionals: { id: one('ID', 'id of the removed agent') },
  options: {
    snapshot: optional('NUMBER', 'number of the snapshot (default: the newest)', 'none', wholeNumber(1)),
  },
  prints: 'answer',
  run: async ({ id, snapshot }, { daemon, output }) => {
    output.progress.show({ stage: `restoring ${id}`, percent: null, message: '' });
    const result = await daemon.call('agent.restore', omitUndefined({ id, snapshot }), {
      onProgress: output.progress.show,
    });
    return output.answer(result, (restored, style) =>
      describeNewAgent(restored.agent, style, [['snapshot', restored.snapshot]]),
    );
  },
});
