/** A few rounds of `scripts/stress kill`: agents and an administrator at work, SIGKILL at a random instant, restart. */
import { join } from 'node:path';
import { tempDir } from '../../helpers/temp-dir';
import { killRound } from '../../survival/kill-rounds';
import { makeShimTemplate } from '../../survival/shim-for';
import { makeWorld } from '../../survival/world';

jest.setTimeout(240_000);

const rounds = 5;

test('whatever is killed, and whenever, nothing acknowledged is lost and nothing is half there', async () => {
  const root = tempDir();
  const shim = makeShimTemplate(join(root, 'a0'), join(root, 'shim'));
  const world = await makeWorld({ root, agents: 2, engine: null, shim });
  try {
    await world.daemon.start();
    for (let number = 1; number <= rounds; number += 1) {
      const { killed, problems } = await killRound(world, 7, number);
      expect({ number, killed, problems }).toEqual({ number, killed, problems: [] });
    }
    expect(world.ledger.commits.filter(({ id }) => id !== null).length).toBeGreaterThan(rounds);
  } finally {
    await world.remove();
  }
});
