/** Every attack of docs/threats.md is tried by a test that carries its id, and every test that SECURITY.md names exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const ids = [...read('docs/threats.md').matchAll(/^\| ([A-Z]{2}-\d{2}) +\|/gm)].map(([, id = '']) => id);

const sources = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('unit/security/'))
  .map((path) => read(join('test', path)));

/** Ids in the names of tests: at the beginning, or in brackets at the end. */
const named = new Set(
  sources.flatMap((source) =>
    [...source.matchAll(/['"`](?:[^'"`\n]*\()?((?:[A-Z]{2}-\d{2}(?:, | ))*[A-Z]{2}-\d{2})[ '",)]/g)].flatMap(
      ([, found = '']) => found.split(/, | /),
    ),
  ),
);

test('the list of threats is the whole one', () => {
  expect(ids.length).toBeGreaterThanOrEqual(130);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every threat has a test with its id', () => {
  expect(ids.filter((id) => !named.has(id))).toEqual([]);
});

test('every test that SECURITY.md names is there', () => {
  const files = [...read('SECURITY.md').matchAll(/`((?:test|scripts)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('SECURITY.md names only threats that are listed', () => {
  const known = new Set(ids);
  const mentioned = [...read('SECURITY.md').matchAll(/\b([A-Z]{2}-\d{2})\b/g)].map(([, id = '']) => id);
  expect(mentioned.filter((id) => !known.has(id))).toEqual([]);
});
