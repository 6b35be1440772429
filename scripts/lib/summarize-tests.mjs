/**
 * Sums the results of all suites: `summarize-tests.mjs <folder of reports> <suite…>`. A report is `<suite>.json`
 * (jest's) or `<suite>.tsv` (lines `result<TAB>name`). Prints what failed and what was skipped, then the counts on
 * a line of their own. Exit code 1 when anything failed; a suite without a report counts as a failure, and so
 * does a skip that does not say why (test/helpers/test-if.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...suites] = process.argv.slice(2);
const results = suites.flatMap((suite) => readSuite(suite).map((result) => ({ suite, ...result })));

const isUnexplained = ({ state, name }) => state === 'skipped' && !name.includes('[skipped: ');
const failed = results.filter((result) => result.state === 'failed' || isUnexplained(result));
const skipped = results.filter((result) => result.state === 'skipped' && !isUnexplained(result));
const passed = results.filter(({ state }) => state === 'passed');

const lines = [
  ...suites.map((suite) => `${suite}: ${countsOf((result) => result.suite === suite)}`),
  ...skipped.map(({ suite, name }) => `skipped: ${suite}: ${name}`),
  ...failed.map(
    (result) =>
      `failed: ${result.suite}: ${result.name}${isUnexplained(result) ? ' (skipped without a reason)' : ''}`,
  ),
  countsOf(() => true),
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function countsOf(isMeant) {
  const count = (list) => list.filter(isMeant).length;
  return `${count(passed)} passed, ${count(failed)} failed, ${count(skipped)} skipped`;
}

function readSuite(suite) {
  const table = join(folder, `${suite}.tsv`);
  if (existsSync(table)) return readTable(readFileSync(table, 'utf8'));
  const report = join(folder, `${suite}.json`);
  if (existsSync(report)) return readJestReport(JSON.parse(readFileSync(report, 'utf8')));
  return [{ state: 'failed', name: 'the suite did not end: there is no report' }];
}

function readTable(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([state, name]) => ({ state, name }));
}

/** A test file that failed as a whole (it did not compile, or left something running) is one more failure. */
function readJestReport({ testResults }) {
  return testResults.flatMap((file) => {
    const path = file.name.replace(/^.*\/test\//, 'test/');
    const tests = file.assertionResults.map(({ status, fullName }) => ({
      state: stateOf(status),
      name: `${path}: ${fullName}`,
    }));
    const isFailedAsAWhole = file.status === 'failed' && !tests.some(({ state }) => state === 'failed');
    return isFailedAsAWhole ? [...tests, { state: 'failed', name: `${path}: the file as a whole` }] : tests;
  });
}

/** jest's words: passed, failed, pending (skipped), todo, disabled, focused. */
function stateOf(status) {
  return status === 'passed' || status === 'failed' ? status : 'skipped';
}
