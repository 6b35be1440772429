/** `gitisoctl shutdown`. */
import { defineCommand } from '../command';

export const command = defineCommand({
  words: ['shutdown'],
  summary: 'drain and stop the daemon; agents keep running',
  positionals: {},
  options: {},
  prints: 'answer',
  run: async (_values, { daemon, output }) =>
    output.answer(await daemon.call('daemon.shutdown', {}), ({ stopping }) =>
      stopping ? 'the daemon is stopping\n' : 'the daemon goes on\n',
    ),
});
