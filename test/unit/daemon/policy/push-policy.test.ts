import { mayPush } from '../../../../daemon/policy/push-policy';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';

const agent = { ref: 'refs/heads/agent/a' as RefName };
const repo = { protectedBranches: ['main', 'release/*'] };
const there = '1'.repeat(40) as Oid;
const value = '2'.repeat(40) as Oid;

function rule(ref: string, old: Oid, owner: 'own' | 'other' | 'free', wanted: Oid = value): string {
  const verdict = mayPush(agent, repo, { ref, old, new: wanted, owner });
  return verdict.allowed ? 'allowed' : verdict.rule;
}

describe('mayPush', () => {
  it.each([
    ['refs/heads/agent/a', there, 'free', 'allowed'],
    ['refs/heads/new', zeroOid, 'free', 'allowed'],
    ['refs/heads/new', zeroOid, 'other', 'foreign-branch'],
    ['refs/heads/theirs', there, 'free', 'foreign-branch'],
    ['refs/heads/mine', there, 'own', 'allowed'],
    ['refs/tags/v1', zeroOid, 'free', 'allowed'],
    ['refs/tags/v1', there, 'free', 'foreign-tag'],
    ['refs/tags/v1', there, 'own', 'allowed'],
    ['refs/heads/main', zeroOid, 'free', 'protected-branch'],
    ['refs/heads/Main', zeroOid, 'own', 'protected-branch'],
    ['refs/heads/release/1', zeroOid, 'free', 'protected-branch'],
    ['refs/tags/main', zeroOid, 'free', 'allowed'],
    ['refs/notes/x', zeroOid, 'free', 'ref-namespace'],
    ['refs/heads/a b', zeroOid, 'free', 'ref-name'],
  ] as const)('%s at %s, made by %s: %s', (ref, old, owner, expected) => {
    expect(rule(ref, old, owner)).toBe(expected);
    if (old !== zeroOid) expect(rule(ref, old, owner, zeroOid)).toBe(expected);
  });
});
