import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue } from '../../../shared/errors';

const docs = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

test('docs/errors.md lists exactly the catalogue', () => {
  const rows = docs
    .split('\n')
    .map((line) => /^\| `([a-z-]+)` \| (-?\d+) \| (\w+) \| (\d+) \| (.*) \|$/.exec(line))
    .flatMap((match) => (match === null ? [] : [match.slice(1)]));
  const entries = Object.entries(errorCatalogue).map(([reason, { rpc, retry, exit, hint }]) => [
    reason,
    String(rpc),
    retry,
    String(exit),
    hint,
  ]);
  expect(rows).toEqual(entries);
});

test('no code stands for two errors', () => {
  const codes = Object.values(errorCatalogue).map(({ rpc }) => rpc);
  expect(new Set(codes).size).toBe(codes.length);
});
