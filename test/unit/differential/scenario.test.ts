import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { knownDifferences } from '../../differential/known-differences';
import { listAreas, readArea } from '../../differential/harness/read-areas';
import { parseScenarios } from '../../differential/harness/scenario';

test('a scenario begins with what stands before the first heading', () => {
  const scenarios = parseScenarios('% make_commits A\n\n== one\n$ git log\n\n== two\n! git nowhere\n');
  const prepared = { kind: 'prepare', command: 'make_commits A' };
  expect(scenarios).toEqual([
    { title: 'one', steps: [prepared, { kind: 'step', command: 'git log', mustFail: false }] },
    { title: 'two', steps: [prepared, { kind: 'step', command: 'git nowhere', mustFail: true }] },
  ]);
});

test('each combination of values is a scenario of its own', () => {
  const text = '== reset\nfor mode: --soft | --hard\nfor to: A | B\n$ git reset {mode} {to}\n';
  const commands = parseScenarios(text).map(({ title, steps }) => [title, steps]);
  const step = (command: string) => [{ kind: 'step', command, mustFail: false }];
  expect(commands).toEqual([
    ['reset --soft A', step('git reset --soft A')],
    ['reset --soft B', step('git reset --soft B')],
    ['reset --hard A', step('git reset --hard A')],
    ['reset --hard B', step('git reset --hard B')],
  ]);
});

test('a here-document belongs to its command, also when a line looks like a statement', () => {
  const [scenario] = parseScenarios('== input\n$ cat <<END | wc\n! not a step\n\nEND\n% true\n');
  expect(scenario?.steps).toEqual([
    { kind: 'step', command: 'cat <<END | wc\n! not a step\n\nEND', mustFail: false },
    { kind: 'prepare', command: 'true' },
  ]);
});

test('an editor is a script and a variable', () => {
  const [scenario] = parseScenarios('== edit\neditor: echo x >"$1"\nunset GIT_EDITOR\n');
  expect(scenario?.steps).toEqual([
    { kind: 'prepare', command: expect.stringContaining('#!/bin/sh\necho x >"$1"\n') },
    { kind: 'environment', name: 'GIT_EDITOR', value: '/tmp/editor-2' },
    { kind: 'environment', name: 'GIT_EDITOR', value: null },
  ]);
});

test.each([
  ['a line that is no statement', '== x\ngit log\n', 'line 2: no such statement'],
  ['a file without a text', '== x\nwrite a\n', 'line 2: no path or no text'],
  ['a text without an end', '== x\nwrite a <<END\nx\n', 'no line "END" ends the text'],
])('%s is refused', (_, text, reason) => {
  expect(() => parseScenarios(text)).toThrow(reason);
});

describe('the scenario files', () => {
  const scenarios = new Map(listAreas().flatMap((area) => [...readArea(area)]));

  test('have at least 150 scenarios with 600 commands', () => {
    const steps = [...scenarios.values()].flatMap((scenario) => scenario.steps);
    expect(scenarios.size).toBeGreaterThanOrEqual(150);
    expect(steps.filter(({ kind }) => kind === 'step').length).toBeGreaterThanOrEqual(600);
  });

  test('are where a known difference says that it shows', () => {
    const named = knownDifferences.flatMap((known) => known.scenarios);
    expect(named.filter((name) => !scenarios.has(name))).toEqual([]);
  });

  test('are all run', () => {
    const folder = join(__dirname, '../../differential');
    const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
    expect(tests).toEqual(expect.arrayContaining(listAreas().map((area) => `${area}.test.ts`)));
  });
});
