/** What can not be carried to the daemon: said clearly, and nothing is changed. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitManaged, type Case } from './compare-commits';
import { provideTwins } from './test-same-as-git';
import { readText } from './twin-workspaces';

const provide = provideTwins();

const editor = /^error: gitiso: this commit needs an editor.*\n(hint: .*\n)+$/;

const refused: readonly (readonly [name: string, one: Case, exitCode: number, stderr: RegExp])[] = [
  ['no message', { args: [] }, 1, editor],
  ['a message to be edited', { args: ['-e', '-m', 'x'] }, 1, editor],
  ['a template', { args: ['-t', 'a.txt'] }, 1, editor],
  [
    'a configured template',
    { args: [], globals: ['-c', 'commit.template=a.txt'], env: { GIT_EDITOR: ':' } },
    1,
    editor,
  ],
  ['another editor', { args: ['--amend'], env: { GIT_EDITOR: 'vim' } }, 1, editor],
  ['-c', { args: ['-c', 'HEAD'] }, 1, editor],
  ['--squash without a message', { args: ['--squash', 'HEAD'] }, 1, editor],
  [
    'an idle editor that would keep comments',
    { args: ['--cleanup=whitespace'], env: { GIT_EDITOR: ':' } },
    1,
    editor,
  ],
  ['--patch', { args: ['-p', '-m', 'x'] }, 128, /^fatal: gitiso: .*--patch.*\nhint: .*git add -p.*\n$/],
  ['--interactive', { args: ['--interactive'] }, 128, /^fatal: gitiso: .*--interactive/],
  ['--gpg-sign', { args: ['-S', '-m', 'x'] }, 128, /^fatal: gitiso: .*--gpg-sign.*\nhint: .*--no-gpg-sign/],
  [
    'commit.gpgSign',
    { args: ['-m', 'x'], globals: ['-c', 'commit.gpgsign=true'] },
    128,
    /^fatal: gitiso: .*commit\.gpgSign/,
  ],
  ['--fixup=amend:', { args: ['--fixup=amend:HEAD'] }, 128, /^fatal: gitiso: these options/],
  ['a merge', inState('MERGE_HEAD'), 128, /^fatal: gitiso: cannot conclude a merge/],
  ['a cherry-pick', inState('CHERRY_PICK_HEAD'), 128, /^fatal: gitiso: cannot conclude a cherry-pick/],
  ['a revert', inState('REVERT_HEAD'), 128, /^fatal: gitiso: cannot conclude a revert/],
  ['a rebase', inState('rebase-merge'), 128, /^fatal: gitiso: cannot conclude a rebase/],
  [
    'a detached HEAD',
    { args: ['-m', 'x'], prepare: (_work, git) => git('checkout', '-q', '--detach') },
    128,
    /^fatal: gitiso: HEAD is detached.*\nhint: run 'git switch main'.*\n$/,
  ],
  [
    'a branch with an odd name',
    { args: ['-m', 'x'], prepare: (_work, git) => git('symbolic-ref', 'HEAD', 'refs/heads/\u00e4') },
    128,
    /^fatal: gitiso: the name of the branch/,
  ],
  [
    'a configuration that git can not read',
    {
      args: ['-m', 'x'],
      prepare: (_work, _git, _gitdir, common) => writeFileSync(join(common, 'config'), '[core\n'),
    },
    128,
    /^fatal: bad config line 1/,
  ],
  [
    'an index that git can not read',
    {
      args: ['-am', 'x'],
      prepare: (_work, _git, gitdir) => writeFileSync(join(gitdir, 'index'), 'x'.repeat(100)),
    },
    128,
    /bad signature/,
  ],
];

function inState(name: string): Case {
  return { args: ['-m', 'x'], prepare: (_work, _git, gitdir) => writeFileSync(join(gitdir, name), '\n') };
}

describe('git commit is refused', () => {
  test.each(refused)('with %s', async (_name, one, exitCode, stderr) => {
    const twins = provide('work');
    const tip = join(twins.managed, 'shared', 'refs', 'heads', 'main');
    const list = { cwd: join(twins.managed, 'workspace'), encoding: 'latin1' } as const;
    const contents = (): readonly unknown[] => [
      readText(tip),
      spawnSync('git', ['ls-files', '--stage'], list).stdout,
    ];
    let before: readonly unknown[] = [];
    const { seen, engine } = await commitManaged(twins, one, {
      adjust: (shim) => {
        before = contents();
        return shim;
      },
    });
    expect(seen).toMatchObject({ exitCode, stdout: '', leftovers: [] });
    expect(seen.stderr).toMatch(stderr);
    expect(engine.requests).toEqual([]);
    expect(contents()).toEqual(before);
  });
});
