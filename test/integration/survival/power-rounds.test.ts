/** A few rounds of `scripts/stress power`: the disk loses what was not synced, the machine starts again. */
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir';
import { testIf } from '../../helpers/test-if';
import { makePowerWorld, powerRound } from '../../survival/power-rounds';
import { makeShimTemplate } from '../../survival/shim-for';

jest.setTimeout(240_000);

const rounds = 2;

testIf(process.getuid?.() === 0, 'mounting a disk needs root')(
  'when the power goes nothing acknowledged is lost and nothing is half there',
  async () => {
    const root = tempDir();
    const shim = makeShimTemplate(join(root, 'a0'), join(root, 'shim'));
    const { world, disk } = await makePowerWorld(root, shim);
    try {
      await world.daemon.start();
      for (let number = 1; number <= rounds; number += 1) {
        const { killed, problems } = await powerRound(world, disk, 3, number);
        expect({ number, killed, problems }).toEqual({ number, killed, problems: [] });
      }
    } finally {
      if (world.daemon.isRunning()) await world.daemon.kill('all');
      await disk.unmount();
      await world.remove();
    }
  },
);
