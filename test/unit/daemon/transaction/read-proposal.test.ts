import { readProposal } from '../../../../daemon/transaction/read-proposal';
import { zeroOid } from '../../../../shared/ids';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const line = (ref: string, old: string, target: string) => ({ ref, old, new: target });
const rename = (...argv: string[]) =>
  readProposal([line('refs/heads/old', a, zeroOid)], ['git', 'branch', ...argv]);

test('an old value of zeros means that any will do', () => {
  expect(readProposal([line('refs/heads/x', zeroOid, b)], [])).toEqual({
    kind: 'read',
    updates: [{ ref: 'refs/heads/x', old: null, new: b }],
    renamedTo: null,
  });
});

test('of several lines for one ref the last one counts', () => {
  const read = readProposal([line('refs/heads/x', a, zeroOid), line('refs/heads/x', a, b)], []);
  expect(read).toMatchObject({ updates: [{ ref: 'refs/heads/x', new: b }] });
});

test.each([
  [['-m', 'new']],
  [['-m', 'old', 'new']],
  [['-M', 'old', 'new']],
  [['--move', 'old', 'new']],
  [['-fm', 'old', 'new']],
])('git branch %j is a rename, of which the hook sees the deletion only', (argv) => {
  expect(rename(...argv)).toMatchObject({ kind: 'read', renamedTo: 'refs/heads/new' });
});

test.each([[['-D', 'old']], [['-d', 'old', 'other']], [['-c', 'old', 'new']], [[]]])(
  'git branch %j is no rename',
  (argv) => {
    expect(rename(...argv)).toMatchObject({ renamedTo: null });
  },
);

test('the deletion by a rename to itself brings nothing back', () => {
  expect(rename('-M', 'old', 'old')).toMatchObject({ renamedTo: null });
});

test('a creation is never taken for a rename', () => {
  const read = readProposal([line('refs/heads/x', zeroOid, a)], ['git', 'branch', '-m', 'x', 'y']);
  expect(read).toMatchObject({ renamedTo: null });
});

test.each(['refs/heads/a..b', 'refs/heads/\x1b[0m', 'HEAD', 'refs/heads/x.lock'])(
  'the name %j is not taken',
  (ref) => {
    expect(readProposal([line(ref, zeroOid, a)], [])).toEqual({ kind: 'malformed', ref });
  },
);
