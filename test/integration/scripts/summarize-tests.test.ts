import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFiles } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';

const script = join(__dirname, '../../../scripts/lib/summarize-tests.mjs');

interface Summary {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

function summarize(reports: Readonly<Record<string, string>>, ...suites: readonly string[]): Summary {
  const folder = tempDir();
  writeFiles(folder, reports);
  const { status, stdout } = spawnSync(process.execPath, [script, folder, ...suites], { encoding: 'utf8' });
  return { exitCode: status, lines: stdout.trimEnd().split('\n') };
}

function jestReport(status: 'passed' | 'failed', results: Readonly<Record<string, string>>): string {
  const assertionResults = Object.entries(results).map(([fullName, state]) => ({ fullName, status: state }));
  return JSON.stringify({ testResults: [{ name: '/x/test/unit/a.test.ts', status, assertionResults }] });
}

test('the last line counts the tests of all suites', () => {
  const { exitCode, lines } = summarize(
    {
      'check.tsv': 'passed\tlint\npassed\ttypes\n',
      'unit.json': jestReport('passed', { one: 'passed', 'two [skipped: no kvm]': 'pending' }),
    },
    'check',
    'unit',
  );
  expect(lines.at(-1)).toBe('3 passed, 0 failed, 1 skipped');
  expect(lines).toContain('skipped: unit: test/unit/a.test.ts: two [skipped: no kvm]');
  expect(exitCode).toBe(0);
});

test('a failed test fails the run and is named', () => {
  const { exitCode, lines } = summarize(
    { 'unit.json': jestReport('failed', { one: 'passed', two: 'failed' }) },
    'unit',
  );
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(lines).toContain('failed: unit: test/unit/a.test.ts: two');
  expect(exitCode).toBe(1);
});

test('a skip that does not say why is a failure', () => {
  const { exitCode, lines } = summarize({ 'unit.json': jestReport('passed', { one: 'pending' }) }, 'unit');
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});

test('a suite without a report is a failure', () => {
  const { exitCode, lines } = summarize(
    { 'unit.json': jestReport('passed', { one: 'passed' }) },
    'unit',
    'e2e',
  );
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});

test('a test file that fails as a whole is a failure even when its tests passed', () => {
  const { exitCode, lines } = summarize({ 'unit.json': jestReport('failed', { one: 'passed' }) }, 'unit');
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});
