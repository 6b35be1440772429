import { setImmediate as turn } from 'node:timers/promises';
import { mapBounded } from '../../../../daemon/agents/map-bounded';

test('no more than the limit run at once, and the results keep the order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3], 2, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let at = 0; at < turns; at += 1) await turn();
    running -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('nothing to do is done at once', async () => {
  expect(await mapBounded([], 4, async () => 1)).toEqual([]);
});
