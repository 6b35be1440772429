/** One ref of many, found by search, against reading the whole file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../../../helpers/random';
import { tempDir } from '../../../helpers/temp-dir';
import { compile, feed } from './compile';

const program = compile('look-up-packed.c', ['packed-refs.c', 'bytes.c', 'message.c']);
const header = '# pack-refs with: peeled fully-peeled sorted \n';

function id(random: Random): string {
  return Array.from({ length: 40 }, () => random.below(16).toString(16)).join('');
}

function nameOf(random: Random): string {
  const rest = 'a'.repeat(random.below(20) === 0 ? random.below(3900) : random.below(9));
  const kind = random.pick(['refs/heads/', 'refs/tags/', 'refs/heads/x/']);
  return `${kind}${random.below(100_000).toString(36)}${rest}`;
}

function lookUp(text: string, names: readonly string[]): readonly (readonly string[])[] {
  const path = join(tempDir(), 'packed-refs');
  writeFileSync(path, text);
  const lines = feed(program, [path], Buffer.from(names.map((name) => `${name}\n`).join('')));
  return lines.map((line) => line.split(' '));
}

test.each([0, 1, 2, 3, 50, 700, 5000])('of %d refs, those that are there and those that are not', (count) => {
  const random = createRandom(count);
  const names = [...new Set(Array.from({ length: count }, () => nameOf(random)))].sort();
  const text = names
    .map((name) => `${id(random)} ${name}\n${random.below(4) === 0 ? `^${id(random)}\n` : ''}`)
    .join('');
  const asked = [...names, ...Array.from({ length: 300 }, () => nameOf(random)), 'refs/', 'refs/zzz', 'HEAD'];
  const found = lookUp(header + text, asked);
  for (const [searched, read] of found) expect(searched).toBe(read);
  expect(found.filter(([searched]) => searched !== '-').length).toBeGreaterThanOrEqual(names.length);
});

test('a file that is not said to be sorted is read as a whole', () => {
  const random = createRandom(1);
  const names = Array.from({ length: 900 }, (_, index) => `refs/heads/${String(899 - index)}`);
  const text = names.map((name) => `${id(random)} ${name}\n`).join('');
  for (const head of ['# pack-refs with: peeled \n', '']) {
    const found = lookUp(head + text, names);
    for (const [searched, read] of found) expect(searched).toBe(read);
    expect(found.every(([searched]) => searched !== '-')).toBe(true);
  }
});

test('where a line is none, the whole file counts; without an end of its line a ref counts still', () => {
  const random = createRandom(2);
  const names = Array.from({ length: 900 }, (_, index) => `refs/heads/${String(index + 100)}`).sort();
  const lines = names.map((name) => `${id(random)} ${name}\n`);
  lines.splice(450, 0, 'something else\n');
  const found = lookUp(header + lines.join('').slice(0, -1), names);
  for (const [searched, read] of found) expect(searched).toBe(read);
});

test('a file that is empty, or is not there, has none', () => {
  expect(lookUp('', ['refs/heads/a'])).toEqual([['-', '-']]);
  expect(feed(program, ['/nonexistent'], Buffer.from('refs/heads/a\n'))).toEqual(['- -']);
});
