import { matchesGlob } from '../../../../daemon/policy/match-glob';

test.each([
  ['main', 'main', true],
  ['main', 'mains', false],
  ['release/*', 'release/1.0', true],
  ['release/*', 'release/1.0/hotfix', false],
  ['release/**', 'release/1.0/hotfix', true],
  ['*', 'main', true],
  ['*', 'a/b', false],
  ['**', 'a/b', true],
  ['*-stable', 'v2-stable', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXbY', false],
  ['', '', true],
  ['', 'x', false],
  ['*', '', true],
])('the glob %j on %j gives %j', (glob, text, expected) => {
  expect(matchesGlob(glob, text)).toBe(expected);
});

test('a glob made to be slow for backtracking matchers is answered at once', () => {
  expect(matchesGlob('*a'.repeat(60), 'a'.repeat(200) + 'b')).toBe(false);
});
