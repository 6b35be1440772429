/** Who may be named in a commit. */
import { checkCommit } from '../../../../daemon/policy/commit-policy';

const agent = { name: 'A', email: 'a@example.org' };
const when = { time: 1_000_000_000, offset: 0 };
const check = (
  author: { readonly name: string; readonly email: string },
  rules: Parameters<typeof checkCommit>[2],
) => {
  const committer = { ...agent, ...when };
  const commit = { author: { ...author, ...when }, committer, message: 'm\n', encoding: null };
  return checkCommit(commit, { author: agent, committer: agent }, rules);
};

test.each([
  ['no name', { name: '', email: 'b@example.org' }],
  ['a blank name', { name: ' ', email: 'b@example.org' }],
  ['no address', { name: 'B', email: '' }],
  ['a blank address', { name: 'B', email: ' ' }],
])('%s is nobody: allowed where anybody may be named, and only there', (_, author) => {
  expect(check(author, { author: 'any', committer: 'agent' })).toEqual({ allowed: true });
  expect(check(author, { author: 'agent', committer: 'any' })).toMatchObject({ rule: 'identity-form' });
});

test.each([
  ['a blank in the address', { name: 'B', email: 'b c@example.org' }],
  ['a name of marks', { name: '"B", \\C', email: "'b'" }],
])('%s is as git takes it', (_, author) => {
  expect(check(author, { author: 'any', committer: 'agent' })).toEqual({ allowed: true });
});

test.each([
  ['a newline', { name: 'B\ncommitter x', email: 'b@example.org' }],
  ['an angle bracket', { name: 'B', email: 'b>@example.org' }],
  ['an escape', { name: 'B', email: 'b\x1b[31m@example.org' }],
  ['a newline in the address', { name: 'B', email: 'b\n@example.org' }],
])('%s is allowed nowhere', (_, author) => {
  expect(check(author, { author: 'any', committer: 'any' })).toMatchObject({ rule: 'identity-form' });
});
