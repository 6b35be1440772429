/** The beginning of a push as git's pack protocol has it. */
import { Duplex } from 'node:stream';
import { createByteReader } from '../../../daemon/remote/byte-reader';
import { flushPkt, pktLine } from '../../../daemon/remote/pkt-line';
import { readPush } from '../../../daemon/remote/read-push';
import { isGitisoError } from '../../../shared/errors';
import { must, type FuzzTarget } from '../harness/target';

const id = '0123456789abcdef0123456789abcdef01234567';
const zero = '0'.repeat(40);
const packets = (...lines: string[]) => Buffer.concat([...lines.map((line) => pktLine(line)), flushPkt]);

export const push: FuzzTarget = {
  name: 'push',
  seeds: [
    packets(`${zero} ${id} refs/heads/a\0report-status side-band-64k\n`, `${id} ${zero} refs/tags/b\n`),
    Buffer.concat([packets(`${zero} ${id} refs/heads/a\0push-options\n`), packets('ci.skip')]),
    packets(`shallow ${id}\n`, `${zero} ${id} refs/heads/a\0atomic\n`),
  ],
  words: [
    '0000',
    '0001',
    '0004',
    'fff0',
    'ffff',
    `${zero} `,
    `${id} `,
    'refs/heads/',
    '\0',
    'push-options',
    'shallow ',
    'push-cert',
    '\n',
  ],
  run: async (input) => {
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    stream.push(input);
    stream.push(null);
    const reader = createByteReader(stream);
    try {
      const asked = await readPush(reader);
      for (const command of asked?.commands ?? []) {
        must(/^[0-9a-f]{40}$/.test(command.old) && /^[0-9a-f]{40}$/.test(command.new), 'values are ids');
        must(command.ref !== '' && !/[\0\n]/.test(command.ref), 'a name is one line');
      }
      const refs = asked?.commands.map(({ ref }) => ref) ?? [];
      must(new Set(refs).size === refs.length, 'no ref is named twice');
      for (const option of asked?.options ?? []) must(!/\p{Cc}/u.test(option), 'options are plain text');
    } catch (error) {
      if (!isGitisoError(error)) throw error;
    } finally {
      reader.release();
      stream.destroy();
    }
  },
};
