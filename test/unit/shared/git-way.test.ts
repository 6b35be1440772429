import { wayOf } from '../../../shared/git-way';

const way = (line: string): string => wayOf(line.split(' '));

test.each([
  ['commit -m x', 'commit'],
  ['commit --dry-run', 'local'],
  ['commit -h', 'local'],
  ['branch', 'local'],
  ['branch -a --sort -committerdate', 'local'],
  ['branch topic', 'transaction'],
  ['branch --list topic', 'local'],
  ['tag', 'local'],
  ['tag v1', 'transaction'],
  ['stash', 'transaction'],
  ['stash list', 'local'],
  ['notes', 'local'],
  ['checkout main', 'local'],
  ['checkout -b topic', 'transaction'],
  ['checkout -qb topic', 'transaction'],
  ['checkout -- -b', 'local'],
  ['switch -', 'local'],
  ['switch --create=topic', 'transaction'],
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
  ['tag -m --list v1', 'transaction'],
  ['tag -am -v v1', 'transaction'],
  ['merge -Xtheirs topic', 'transaction'],
])('a value that looks like an option is a value: git %s is %s', (line, expected) => {
  expect(way(line)).toBe(expected);
});
