import {
  isProtected,
  mayChangeRef,
  mayMoveBranch,
  mayTakeBack,
} from '../../../../daemon/policy/branch-policy';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';

const agent = {
  id: 'a',
  ref: 'refs/heads/agent/a' as RefName,
  ownRefs: ['refs/heads/topic', 'refs/tags/mine'] as RefName[],
};
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

test('a branch that the agent made is its own', () => {
  expect(mayMoveBranch(agent, repo, 'refs/heads/topic')).toEqual({ allowed: true });
});

const value = 'a'.repeat(40) as Oid;
const propose = (ref: string, current: Oid | null, target: Oid, isClaimed = false) =>
  mayChangeRef(agent, repo, { ref, current, new: target, isClaimed });

test.each([
  ['a new branch', 'refs/heads/new', null, value],
  ['a new tag', 'refs/tags/v1', null, value],
  ['moving a branch it made', 'refs/heads/topic', value, value],
  ['deleting a branch it made', 'refs/heads/topic', value, zeroOid],
  ['moving a tag it made', 'refs/tags/mine', value, value],
  ['deleting a tag it made', 'refs/tags/mine', value, zeroOid],
])('%s is allowed', (_what, ref, current, target) => {
  expect(propose(ref, current, target)).toEqual({ allowed: true });
});

test.each([
  ['a new branch with a protected name', 'refs/heads/release/9', null, value, 'protected-branch'],
  ['moving a protected branch', 'refs/heads/main', value, value, 'protected-branch'],
  ['moving the branch of another', 'refs/heads/agent/b', value, value, 'foreign-branch'],
  ['deleting the branch of another', 'refs/heads/agent/b', value, zeroOid, 'foreign-branch'],
  ['deleting the branch it was created with', 'refs/heads/agent/a', value, zeroOid, 'agent-branch'],
  ['a branch that an agent may be created with later', 'refs/heads/agent/b', null, value, 'reserved-branch'],
  ['a branch in the way of such a one', 'refs/heads/agent/b/c', null, value, 'reserved-branch'],
  ['moving a tag of another', 'refs/tags/v1', value, value, 'foreign-tag'],
  ['a ref outside branches and tags', 'refs/gitiso/snapshots/b/1', null, value, 'ref-namespace'],
])('%s is refused', (_what, ref, current, target, rule) => {
  expect(propose(ref, current, target)).toMatchObject({ allowed: false, rule });
});

test('a name that another agent was created with is not free before its first commit', () => {
  expect(propose('refs/heads/agent/b', null, value, true)).toMatchObject({ rule: 'foreign-branch' });
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

test.each([
  ['a branch it made', 'refs/heads/topic', value, zeroOid, true],
  ['the branch it was created with', 'refs/heads/agent/a', value, value, true],
  ['a branch that it deleted and nobody has', 'refs/heads/gone', null, value, true],
  ['a branch that is another’s now', 'refs/heads/theirs', value, zeroOid, false],
  ['a protected branch that followed the remote', 'refs/heads/main', value, value, false],
])('what an agent did to %s may be taken back: %#', (_what, ref, current, target, may) => {
  expect(mayTakeBack(agent, repo, { ref, current, new: target, isClaimed: false })).toBe(may);
});
