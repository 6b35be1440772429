/** `gitisoctl discover`. */
import { defineCommand } from '../command';

export const command = defineCommand({
  words: ['discover'],
  summary: 'print the OpenRPC document of the daemon',
  positionals: {},
  options: {},
  prints: 'json',
  run: async (_values, { daemon, output }) => {
    output.json(await daemon.call('rpc.discover', {}));
    return 0;
  },
});
