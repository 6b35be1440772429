import { createChangeRate } from '../../../../daemon/intake/change-rate';

test('a burst of a minute goes at once, more waits, and other agents do not', async () => {
  jest.useFakeTimers();
  try {
    let time = 0;
    const rate = createChangeRate(
      () => 60,
      () => time,
    );
    const never = new AbortController().signal;
    for (let index = 0; index < 60; index += 1) await rate.wait('a', never);
    let isServed = false;
    const late = rate.wait('a', never).then(() => (isServed = true));
    await rate.wait('b', never);
    await jest.advanceTimersByTimeAsync(900);
    expect(isServed).toBe(false);
    await jest.advanceTimersByTimeAsync(200);
    await late;
    expect(isServed).toBe(true);
    time = 120_000;
    await rate.wait('a', never);
  } finally {
    jest.useRealTimers();
  }
});

test('who waits can give up', async () => {
  const rate = createChangeRate(
    () => 1,
    () => 0,
  );
  const control = new AbortController();
  await rate.wait('a', control.signal);
  const waiting = rate.wait('a', control.signal);
  control.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});
