/** The shim's memory, with the address sanitizer beneath it. */
import { compile, feed } from './compile';

const program = compile('use-arena.c', ['arena.c']);

test.each([1, 2, 3, 4, 5])('pieces keep what is written into them, seed %d', (seed) => {
  expect(feed(program, [String(seed)], Buffer.alloc(0))).toEqual(['done']);
});
