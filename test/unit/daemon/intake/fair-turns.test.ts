import { setMaxListeners } from 'node:events';
import { createFairTurns } from '../../../../daemon/intake/fair-turns';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Everything that can go on has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function held(turns: ReturnType<typeof createFairTurns>, order: string[]) {
  const ends: (() => void)[] = [];
  const ask = (agent: string, signal = never) =>
    turns.run(agent, signal, async () => {
      order.push(agent);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const endOne = async () => {
    await settled();
    ends.shift()?.();
    await settled();
  };
  return { ask, endOne };
}

test('who asks a hundred times waits behind itself, not in front of the others', async () => {
  const order: string[] = [];
  const turns = createFairTurns(() => ({ total: 1, perAgent: 1, waitingPerAgent: 100 }));
  const { ask, endOne } = held(turns, order);
  const all = [...Array.from({ length: 50 }, () => ask('greedy')), ask('b'), ask('c')];
  for (let index = 0; index < 52; index += 1) await endOne();
  await Promise.all(all);
  expect(order.slice(0, 4)).toEqual(['greedy', 'greedy', 'b', 'c']);
  expect(order).toHaveLength(52);
});

test('one agent has at most its share, and there are never more than allowed at once', async () => {
  const order: string[] = [];
  const turns = createFairTurns(() => ({ total: 3, perAgent: 1, waitingPerAgent: 100 }));
  const { ask, endOne } = held(turns, order);
  const all = ['a', 'a', 'b', 'c', 'd'].map((agent) => ask(agent));
  await settled();
  expect(order).toEqual(['a', 'b', 'c']);
  await endOne();
  expect(order).toHaveLength(4);
  for (let index = 0; index < 5; index += 1) await endOne();
  await Promise.all(all);
});

test('more than may wait are refused at once, and whoever gives up leaves no gap', async () => {
  const order: string[] = [];
  const turns = createFairTurns(() => ({ total: 1, perAgent: 1, waitingPerAgent: 2 }));
  const { ask, endOne } = held(turns, order);
  const control = new AbortController();
  const first = ask('a');
  const second = ask('a', control.signal);
  const third = ask('a');
  await expect(ask('a')).rejects.toMatchObject({ code: 'too-many-requests' });
  control.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  await endOne();
  await endOne();
  await Promise.all([first, third]);
  expect(order).toEqual(['a', 'a']);
});

test('a task that fails gives its turn back', async () => {
  const turns = createFairTurns(() => ({ total: 1, perAgent: 1, waitingPerAgent: 2 }));
  await expect(turns.run('a', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(turns.run('b', never, () => Promise.resolve(1))).resolves.toBe(1);
});
