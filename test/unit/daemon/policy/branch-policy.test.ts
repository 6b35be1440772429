import { isProtected, mayMoveBranch } from '../../../../daemon/policy/branch-policy';
import type { RefName } from '../../../../shared/ids';

const agent = { id: 'a', ref: 'refs/heads/agent/a' as RefName };
const repo = { protectedBranches: ['main', 'release/**'] };

test('the own branch may be moved', () => {
  expect(mayMoveBranch(agent, repo, 'refs/heads/agent/a')).toEqual({ allowed: true });
});

test.each([
  ['refs/heads/main', 'protected-branch'],
  ['refs/heads/Main', 'protected-branch'],
  ['refs/heads/ｍａｉｎ', 'protected-branch'],
  ['refs/heads/release/1/2', 'protected-branch'],
  ['refs/heads/agent/b', 'foreign-branch'],
  ['refs/heads/agent/a/sub', 'foreign-branch'],
  ['refs/tags/v1', 'ref-namespace'],
  ['refs/gitiso/snapshots/a/1', 'ref-namespace'],
  ['refs/replace/x', 'ref-namespace'],
  ['HEAD', 'ref-namespace'],
  ['refs/heads', 'ref-namespace'],
])('%s is refused by the rule %s, with the allowed way', (ref, rule) => {
  const verdict = mayMoveBranch(agent, repo, ref);
  expect(verdict).toMatchObject({ allowed: false, rule });
  expect(!verdict.allowed && verdict.hint).toMatch(/git switch agent\/a/);
});

test('an own branch that became protected may not be moved any more', () => {
  expect(mayMoveBranch(agent, { protectedBranches: ['agent/*'] }, 'refs/heads/agent/a')).toMatchObject({
    rule: 'protected-branch',
  });
});

test('names are compared without regard to case and compatibility forms', () => {
  expect(isProtected('MAIN', ['main'])).toBe(true);
  expect(isProtected('maintenance', ['main'])).toBe(false);
});
