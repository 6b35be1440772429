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

/** No test carries their ids yet. */
const untried = [
  'FS-01',
  'FS-02',
  'FS-04',
  'FS-05',
  'FS-06',
  'FS-08',
  'FS-09',
  'FS-10',
  'FS-12',
  'FS-13',
  'FS-14',
  'FS-16',
  'FS-17',
  'FS-18',
  'FS-20',
  'FS-21',
  'FS-22',
  'IX-02',
  'IX-03',
  'IX-04',
  'IX-06',
  'IX-07',
  'IX-08',
  'IX-10',
  'IX-11',
  'IX-12',
  'IX-14',
  'IX-15',
  'IX-16',
  'IX-18',
  'IX-19',
  'IX-20',
  'IX-22',
  'IX-23',
  'IX-24',
  'OB-01',
  'OB-02',
  'OB-03',
  'OB-05',
  'OB-06',
  'OB-07',
  'OB-09',
  'OB-10',
  'OB-11',
  'OB-13',
  'OB-14',
  'OB-15',
  'OB-17',
  'OB-18',
  'OB-19',
  'OB-21',
  'OB-22',
  'AL-01',
  'AL-03',
  'AL-04',
  'AL-05',
  'AL-07',
  'AL-08',
  'CM-01',
  'CM-02',
  'CM-03',
  'CM-05',
  'CM-06',
  'CM-07',
  'HX-02',
  'HX-03',
  'HX-04',
  'HX-06',
  'HX-07',
  'HX-08',
  'HX-10',
  'LK-01',
  'LK-02',
  'LK-04',
  'LK-05',
  'LK-06',
  'RP-01',
  'RP-02',
  'RP-03',
  'RP-05',
  'RP-06',
  'RP-07',
  'RP-09',
  'RP-10',
  'RP-11',
  'RP-13',
  'RP-14',
  'RP-15',
  'ID-01',
  'ID-03',
  'ID-04',
  'ID-05',
  'DK-05',
  'DK-06',
  'DK-07',
  'DK-09',
  'RS-01',
  'RS-02',
  'RS-04',
  'RS-05',
  'RS-06',
  'RS-09',
  'NW-03',
  'NW-05',
  'NW-08',
  'NW-09',
  'DL-02',
  'DL-06',
  'CR-01',
  'CR-02',
  'CR-10',
  'CR-16',
  'CR-17',
  'CR-20',
  'CR-22',
];

test('the list of threats is the whole one', () => {
  expect(ids.length).toBeGreaterThanOrEqual(130);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every threat has a test with its id, or is said to have none', () => {
  expect(ids.filter((id) => !named.has(id) && !untried.includes(id))).toEqual([]);
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
