import type { Logger } from '../../../daemon/log';
import { createReleaseStack } from '../../../daemon/release-stack';

function makeStack(deadlineMs: number) {
  const errors: string[] = [];
  const log: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message) => errors.push(message),
    child: () => log,
  };
  return { stack: createReleaseStack(log, deadlineMs), errors };
}

test('parts are released in reverse order, once, although one fails and one hangs', async () => {
  const { stack, errors } = makeStack(20);
  const released: string[] = [];
  const note = (name: string) => {
    released.push(name);
    return Promise.resolve();
  };
  stack.add('first', () => note('first'));
  stack.add('failing', () => Promise.reject(new Error('no')));
  stack.add('hanging', () => new Promise(() => undefined));
  stack.add('last', () => note('last'));
  await stack.releaseAll();
  await stack.releaseAll();
  expect(released).toEqual(['last', 'first']);
  expect(errors).toEqual(['could not stop cleanly: hanging', 'could not stop cleanly: failing']);
});
