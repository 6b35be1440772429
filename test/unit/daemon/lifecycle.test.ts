import { createLifecycle } from '../../../daemon/lifecycle';

test('draining waits for the changes under way', async () => {
  const lifecycle = createLifecycle(new Date());
  const [endFirst, endSecond] = [lifecycle.beginWrite(), lifecycle.beginWrite()];
  const drained = lifecycle.drain(10000);
  expect(lifecycle.state()).toBe('draining');
  endFirst();
  endFirst();
  endSecond();
  expect(await drained).toBe(true);
});

test('draining ends at its deadline, or at once when nothing is under way', async () => {
  const busy = createLifecycle(new Date());
  busy.beginWrite();
  expect(await busy.drain(5)).toBe(false);
  expect(await createLifecycle(new Date()).drain(10000)).toBe(true);
});

test('a stop is asked for once, with its reason', () => {
  const lifecycle = createLifecycle(new Date());
  lifecycle.requestStop('first');
  lifecycle.requestStop('second');
  expect(lifecycle.stopRequested.reason).toBe('first');
});
