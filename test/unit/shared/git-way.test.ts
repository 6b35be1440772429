import { commandRules, knownCommands } from '../../../shared/git-commands';
import { isUnhookedForm, wayOf } from '../../../shared/git-way';

const way = (line: string): string => wayOf(line.split(' '));

test.each([
  ['commit -m x', 'commit'],
  ['commit --dry-run', 'local'],
  ['commit -h', 'local'],
  ['branch', 'branch'],
  ['tag v1', 'transaction'],
  ['stash -h', 'local'],
  ['checkout main', 'transaction'],
  ['pull --rebase', 'remote'],
  ['ls-remote -h origin', 'remote'],
  ['ls-remote -h', 'local'],
  ['status', 'local'],
  ['ci', 'unknown'],
])('git %s is %s', (line, expected) => {
  expect(way(line)).toBe(expected);
});

test.each([
  ['commit -m -h', 'commit'],
  ['commit -m --dry-run', 'commit'],
  ['commit -am --short', 'commit'],
  ['commit --author --long -m x', 'commit'],
  ['commit -m x -- --dry-run', 'commit'],
])('a value that looks like an option is a value: git %s is %s', (line, expected) => {
  expect(way(line)).toBe(expected);
});

test.each([
  ['branch -m old new', true],
  ['branch -fc old new', true],
  ['branch --cop old new', true],
  ['branch new', false],
  ['branch -d old', false],
  ['branch -- -m', false],
  ['tag -m message v1', false],
])('git %s writes a ref past the hook: %s', (line, expected) => {
  expect(isUnhookedForm(line.split(' '))).toBe(expected);
});

test('each command has one rule, with a note, and is one of git\u2019s', () => {
  const names = commandRules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !knownCommands.includes(name))).toEqual([]);
  expect(commandRules.filter(({ note }) => !/^\S.{5,109}$/.test(note))).toEqual([]);
});
