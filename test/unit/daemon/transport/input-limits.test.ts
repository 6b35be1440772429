import { createInputBudget, createRateLimit } from '../../../../daemon/transport/input-limits';

test('a budget takes what fits and nothing else', () => {
  const budget = createInputBudget(() => 10);
  expect(budget.take(8)).toBe(true);
  expect(budget.take(3)).toBe(false);
  expect(budget.take(2)).toBe(true);
  budget.give(8);
  expect(budget.take(8)).toBe(true);
});

test('a rate allows one second in advance, then tells how long to wait', () => {
  let now = 0;
  const rate = createRateLimit(
    () => 10,
    () => now,
  );
  for (let count = 0; count < 10; count += 1) {
    expect(rate.delayMs()).toBe(0);
    rate.take(0);
  }
  expect(rate.delayMs()).toBe(100);
  now = 100;
  expect(rate.delayMs()).toBe(0);
  rate.take(0);
  expect(rate.delayMs()).toBe(100);
  now = 100000;
  for (let count = 0; count < 10; count += 1) {
    expect(rate.delayMs()).toBe(0);
    rate.take(0);
  }
  expect(rate.delayMs()).toBeGreaterThan(0);
});

test('a large frame counts as several', () => {
  let now = 0;
  const rate = createRateLimit(
    () => 100,
    () => now,
  );
  rate.take(8192 * 199);
  expect(rate.delayMs()).toBeGreaterThan(900);
  now = 2000;
  expect(rate.delayMs()).toBe(0);
});
