/** Signed commits: refused clearly, whoever would have made them, and nothing is changed. */
import { commitManaged, type Case } from './compare-commits';
import { provideTwins } from './test-same-as-git';

const provide = provideTwins();
const byConfig: Pick<Case, 'globals'> = { globals: ['-c', 'commit.gpgsign=true'] };

const refused: readonly (readonly [name: string, one: Case, setting: string])[] = [
  ['-S', { args: ['-S', '-m', 'x'] }, '--gpg-sign'],
  ['--gpg-sign with a key', { args: ['--gpg-sign=key', '-m', 'x'] }, '--gpg-sign'],
  ['commit.gpgSign', { ...byConfig, args: ['-m', 'x'] }, 'commit.gpgSign'],
  ['an editor', { ...byConfig, args: [] }, 'commit.gpgSign'],
  ['-S and --patch', { args: ['-S', '-p'] }, '--gpg-sign'],
  ['-S and a contradiction', { args: ['-S', '-m', 'x', '-F', 'y'] }, '--gpg-sign'],
  ['an unknown option', { ...byConfig, args: ['--unknown'] }, 'commit.gpgSign'],
  ['a merge', { ...byConfig, args: ['--no-edit'], scenario: 'merging' }, 'commit.gpgSign'],
  ['nothing to commit', { ...byConfig, args: ['-m', 'x'], scenario: 'clean' }, 'commit.gpgSign'],
  ['a branch without a commit', { args: ['-S', '-m', 'x'], scenario: 'unborn' }, '--gpg-sign'],
];

describe('a signed commit is refused', () => {
  test.each(refused)('with %s', async (_name, one, setting) => {
    const { seen, exec, engine } = await commitManaged(provide(one.scenario ?? 'work'), one);
    expect(seen).toMatchObject({ exitCode: 128, stdout: '', editMessage: null });
    expect(seen.stderr.split('\n')).toEqual([
      `fatal: gitiso: commits are not signed in the container (${setting})`,
      "hint: use 'git commit --no-gpg-sign', or 'git config commit.gpgSign false'",
      '',
    ]);
    expect([exec, engine.requests]).toEqual([null, []]);
  });
});
