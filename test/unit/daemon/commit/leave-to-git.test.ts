import { parseCommitConfig } from '../../../../daemon/commit/commit-config';
import { isForGit, refuseSigning } from '../../../../daemon/commit/leave-to-git';
import { parseOptions } from '../../../../daemon/commit/parse-options';
import type { Invocation } from '../../../../shared/invocation';

const plain: Invocation = {
  key: '0'.repeat(32),
  globals: [],
  argv: ['commit'],
  prefix: '',
  env: {},
  tty: [false, true, true],
  columns: 80,
  timezone: '+0000',
  head: 'ref: refs/heads/main',
  parent: '1'.repeat(40),
  state: [],
  hooks: [],
  configStamp: 'stamp',
  prefetched: true,
};

function isLeft(args: readonly string[], more: Partial<Invocation> = {}, config = ''): boolean {
  const parsed = parseOptions(args);
  if (parsed.kind === 'unclear') throw new Error('unclear');
  return isForGit({ ...plain, ...more }, parsed.options, parseCommitConfig(config));
}

describe('git commit is left to git', () => {
  test.each([
    [[]],
    [['-e', '-m', 'x']],
    [['--amend']],
    [['--amend', '--edit']],
    [['--no-edit']],
    [['-c', 'HEAD']],
    [['--fixup=HEAD']],
    [['-t', 'file', '-m', 'x']],
    [['-p', '-m', 'x']],
    [['-v', '-m', 'x']],
    [['--pathspec-from-file=-', '-m', 'x']],
    [['-m', 'x', '-F', 'y']],
  ])('with the options %j', (args) => {
    expect(isLeft(args)).toBe(true);
  });

  test.each([
    [['-m', 'x']],
    [['-F', '-']],
    [['-C', 'HEAD']],
    [['--amend', '--no-edit']],
    [['--amend', '-m', 'x']],
    [['-n', '-q', '-s', '-am', 'x', '--trailer=a:b']],
    [['-m', 'x', '--', 'path']],
  ])('but not with the options %j', (args) => {
    expect(isLeft(args)).toBe(false);
  });

  test('while an operation is under way, but for a bisection', () => {
    for (const name of ['MERGE_HEAD', 'MERGE_MSG', 'SQUASH_MSG', 'rebase-merge', 'constructor'])
      expect(isLeft(['-m', 'x'], { state: [name] })).toBe(true);
    expect(isLeft(['-m', 'x'], { state: ['BISECT_LOG'] })).toBe(false);
  });

  test('when there may be hooks, also those that are skipped', () => {
    expect(isLeft(['-n', '-m', 'x'], { hooks: ['pre-commit'] })).toBe(true);
    expect(isLeft(['-m', 'x'], {}, 'core.hookspath\n.husky\0')).toBe(true);
    expect(isLeft(['-m', 'x'], {}, 'core.hookspath\n/dev/null\0')).toBe(false);
    expect(isLeft(['-m', 'x'], {}, 'core.hookspath\n\0')).toBe(false);
  });

  test('when an amended commit takes its notes along', () => {
    const rewriting = 'notes.rewriteref\nrefs/notes/*\0';
    expect(isLeft(['--amend', '-m', 'x'], {}, rewriting)).toBe(true);
    expect(isLeft(['-m', 'x'], {}, rewriting)).toBe(false);
    expect(isLeft(['--amend', '-m', 'x'], { env: { GIT_NOTES_REWRITE_REF: 'refs/notes/x' } })).toBe(true);
  });

  test('when somebody types the message', () => {
    expect(isLeft(['-F', '-'], { tty: [true, true, true] })).toBe(true);
    expect(isLeft(['-F', 'file'], { tty: [true, true, true] })).toBe(false);
  });

  test.each(['commit.verbose', 'core.commentchar\n;', 'core.logallrefupdates\nfalse'])(
    'with the setting %j',
    (entry) => {
      expect(isLeft(['-m', 'x'], {}, `${entry}\0`)).toBe(true);
    },
  );
});

test('signing is refused unless the options say no', () => {
  const [signing, plainConfig] = ['commit.gpgsign\ntrue\0', ''].map(parseCommitConfig);
  if (signing === undefined || plainConfig === undefined) throw new Error('no configuration');
  expect(refuseSigning(null, signing)?.outcome.stderr).toContain('commit.gpgSign');
  expect(refuseSigning(true, plainConfig)?.outcome).toMatchObject({ exitCode: 128, exec: null });
  expect(refuseSigning(false, signing)).toBeNull();
  expect(refuseSigning(null, plainConfig)).toBeNull();
});
