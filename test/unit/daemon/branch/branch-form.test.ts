import { readBranchForm } from '../../../../daemon/branch/branch-form';

const create = (name: string) => ({ kind: 'create', ref: `refs/heads/${name}` });
const remove = (name: string, isQuiet = false) => ({ kind: 'delete', ref: `refs/heads/${name}`, isQuiet });

test.each([
  [['topic'], create('topic')],
  [['feature/x.1_y'], create('feature/x.1_y')],
  [['-D', 'topic'], remove('topic')],
  [['topic', '-d'], remove('topic')],
  [['--delete', '--force', '-q', 'topic'], remove('topic', true)],
])('git branch %j needs no git', (args, form) => {
  expect(readBranchForm(args)).toEqual(form);
});

test.each([
  [[]],
  [['-f', 'topic']],
  [['-q', 'topic']],
  [['topic', 'HEAD']],
  [['--', 'topic']],
  [['-d', 'one', 'two']],
  [['-dr', 'origin/x']],
  [['-d', '-r', 'origin/x']],
  [['-D', '--no-such-option', 'topic']],
  [['-m', 'topic']],
  [['--list', 'topic']],
  [['@{-1}']],
  [['-D', '@{-1}']],
  [['@']],
  [['HEAD']],
  [['0123456789abcdef0123456789abcdef01234567']],
  [['a..b']],
  [['a.lock']],
  [['.a']],
  [['a/']],
  [['a//b']],
  [['a b']],
  [['a\nb']],
  [['\u00fc']],
  [['x'.repeat(240)]],
  [['']],
])('git branch %j is for git to read', (args) => {
  expect(readBranchForm(args)).toBeNull();
});
