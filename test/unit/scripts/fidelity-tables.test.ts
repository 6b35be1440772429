import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { updatedPage } from '../../../scripts/lib/fidelity-tables';

const page = readFileSync(join(__dirname, '../../../docs/fidelity.md'), 'utf8');

test('docs/fidelity.md is up to date: scripts/write-fidelity makes it so', () => {
  expect(updatedPage(page)).toBe(page);
});

test('what stands outside the markers is kept', () => {
  const changed = page.replace('# Fidelity', '# Another title').replace(/^\| `git rebase` .*\n/m, '');
  expect(updatedPage(changed)).toBe(page.replace('# Fidelity', '# Another title'));
});

test('a page without its markers is refused', () => {
  expect(() => updatedPage('# Fidelity\n')).toThrow('no place for: commands');
});
