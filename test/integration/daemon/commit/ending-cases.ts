/** Command lines that end in special ways: nothing to commit, errors, hooks, settings. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, type NamedCase, type Row } from './compared-case';

const endings: readonly Row[] = [
  ['--allow-empty', ['--allow-empty', '-m', 'x'], { scenario: 'clean' }],
  ['conflicts with -a', ['-am', 'x'], { scenario: 'conflicts' }],
  ['-q', ['-q', '-m', 'quiet']],
  ['--no-quiet', ['-q', '--no-quiet', '-m', 'loud']],
  ['--no-verify', ['-n', '-m', 'x']],
  [
    '--status and others that change nothing',
    ['--status', '--no-status', '--branch', '--ahead-behind', '--no-post-rewrite', '-m', 'x'],
  ],
  ['--no-gpg-sign', ['--no-gpg-sign', '-m', 'x'], { globals: ['-c', 'commit.gpgSign=true'] }],
  ['GIT_REFLOG_ACTION', ['-m', 'x'], { env: { GIT_REFLOG_ACTION: 'my action' } }],
  [
    'a bisection under way',
    ['-m', 'x'],
    { prepare: (_work, _git, gitdir) => writeFileSync(join(gitdir, 'BISECT_LOG'), '') },
  ],
  ['core.abbrev', ['-m', 'x'], { globals: ['-c', 'core.abbrev=20'] }],
  ['core.abbrev=no', ['-m', 'x'], { globals: ['-c', 'core.abbrev=no'] }],
  ['core.quotePath=false', ['-m', 'x'], { globals: ['-c', 'core.quotePath=false'], scenario: 'changes' }],
  ['diff.algorithm', ['-m', 'x'], { globals: ['-c', 'diff.algorithm=patience'], scenario: 'changes' }],
  [
    'an index of its own',
    ['-m', 'x'],
    {
      env: { GIT_INDEX_FILE: 'own-index' },
      prepare: (_work, git) => {
        git('read-tree', '--index-output=own-index', 'HEAD~2');
        git('update-index', '-q', '--refresh');
      },
    },
  ],
];

const endingsAtOnce: readonly Row[] = [
  ['the first commit', ['-m', 'the first'], { scenario: 'unborn' }],
  ['nothing at all', ['-m', 'x'], { scenario: 'empty' }],
  ['the first commit, empty', ['--allow-empty', '-m', 'x'], { scenario: 'empty' }],
  ['nothing to commit', ['-m', 'x'], { scenario: 'clean' }],
  ['nothing to commit, quietly', ['-q', '-m', 'x'], { scenario: 'clean' }],
  [
    'nothing to commit but untracked files',
    ['-m', 'x'],
    { scenario: 'clean', prepare: (work) => writeFileSync(join(work, 'u'), 'u') },
  ],
  [
    'nothing to commit, untracked not shown',
    ['-uno', '-m', 'x'],
    { scenario: 'clean', prepare: (work) => writeFileSync(join(work, 'u'), 'u') },
  ],
  ['nothing to commit after two hyphens', ['-m', 'x', '--'], { scenario: 'clean' }],
  ['nothing staged', ['-m', 'x'], { prepare: (_work, git) => git('reset', '-q') }],
  ['nothing staged, verbosely', ['-v', '-v', '-m', 'x'], { prepare: (_work, git) => git('reset', '-q') }],
  [
    'nothing staged in a subfolder',
    ['-m', 'x'],
    { folder: 'dir', prepare: (_work, git) => git('reset', '-q') },
  ],
  ['conflicts', ['-m', 'x'], { scenario: 'conflicts' }],
  ['a missing value', ['-m']],
  ['an unknown option', ['--unknown', '-m', 'x']],
  ['an unknown letter', ['-xm', 'x']],
  ['an ambiguous option', ['--a', '-m', 'x']],
  ['a value that is not wanted', ['--amend=yes', '-m', 'x']],
  ['-m and -F', ['-m', 'x', '-F', 'y']],
  ['-m and -C', ['-m', 'x', '-C', 'HEAD']],
  ['-F and -C', ['-F', 'x', '-C', 'HEAD']],
  ['--fixup and --squash', ['--fixup=HEAD', '--squash=HEAD']],
  ['an invalid cleanup mode', ['-m', 'x', '--cleanup=wrong']],
  ['an invalid mode for untracked files', ['-m', 'x', '-uwrong']],
  ['-z, which is a dry run', ['-z', '-m', 'x']],
  ['an abbreviated --dry-run', ['--dry', '-m', 'x']],
  [
    'core.logAllRefUpdates=false',
    ['-m', 'x'],
    {
      globals: ['-c', 'core.logAllRefUpdates=false'],
      prepare: (_work, _git, gitdir) => rmSync(join(gitdir, 'logs'), { recursive: true }),
    },
  ],
  ['an editor that does nothing', [], { env: { GIT_EDITOR: ':' } }],
  ['an editor that does nothing, and a message', ['-e', '-m', '# x\ny\n'], { env: { GIT_EDITOR: 'true' } }],
];

const hooksAtOnce: readonly Row[] = [
  [
    'hooks that allow it',
    ['-m', 'x'],
    { prepare: hook('pre-commit commit-msg prepare-commit-msg post-commit', 'echo "$0 ran" >&2') },
  ],
  ['a pre-commit hook that refuses', ['-m', 'x'], { prepare: hook('pre-commit', 'echo no >&2; exit 3') }],
  ['a pre-commit hook that is skipped', ['-n', '-m', 'x'], { prepare: hook('pre-commit', 'exit 1') }],
  [
    'a pre-commit hook that stages',
    ['-m', 'x'],
    { prepare: hook('pre-commit', 'echo hooked >> b.txt; git add b.txt') },
  ],
  [
    'a pre-commit hook that stages, with -a',
    ['-am', 'x'],
    { prepare: hook('pre-commit', 'echo hooked >> b.txt; git add b.txt') },
  ],
  [
    'a pre-commit hook and a path',
    ['-m', 'x', 'b.txt'],
    { prepare: hook('pre-commit', 'git diff --cached --name-only') },
  ],
  ['a commit-msg hook that refuses', ['-m', 'x'], { prepare: hook('commit-msg', 'exit 1') }],
  [
    'a commit-msg hook that changes the message',
    ['-m', 'x'],
    { prepare: hook('commit-msg', 'echo "more  " >> "$1"') },
  ],
  ['a commit-msg hook that empties the message', ['-m', 'x'], { prepare: hook('commit-msg', ': > "$1"') }],
  [
    'a commit-msg hook that is skipped',
    ['--no-verify', '-m', 'x'],
    { prepare: hook('commit-msg', 'exit 1') },
  ],
  [
    'a prepare-commit-msg hook',
    ['-n', '-m', 'x'],
    { prepare: hook('prepare-commit-msg', 'echo "args: $2 $3 $#" >> "$1"') },
  ],
  [
    'a prepare-commit-msg hook with -C',
    ['-C', 'v1'],
    { prepare: hook('prepare-commit-msg', 'echo "args: $2 $3 $#" >> "$1"') },
  ],
  [
    'a prepare-commit-msg hook with --amend',
    ['--amend', '--no-edit'],
    { prepare: hook('prepare-commit-msg', 'echo "args: $2 $3 $#" >> "$1"') },
  ],
  [
    'the environment of hooks',
    ['-m', 'x', '--author=H <h@x>'],
    {
      prepare: hook(
        'commit-msg',
        'echo "$GIT_AUTHOR_NAME $GIT_AUTHOR_EMAIL $GIT_AUTHOR_DATE $GIT_EDITOR" >&2',
      ),
    },
  ],
  [
    'a post-commit hook',
    ['-m', 'x'],
    {
      prepare: hook(
        'post-commit',
        'git log -1 --format="%an %s" >&2; git reflog -1 --format=%gs >&2; git diff --cached --quiet && echo clean >&2; exit 1',
      ),
    },
  ],
  ['a post-commit hook after -a', ['-am', 'x'], { prepare: hook('post-commit', 'git status --short >&2') }],
  ['a post-rewrite hook', ['--amend', '-m', 'x'], { prepare: hook('post-rewrite', 'echo "$1 $(cat)" >&2') }],
  ['core.hooksPath', ['-m', 'x'], { globals: ['-c', 'core.hooksPath=../my-hooks'], prepare: ownHooks }],
  [
    'core.hooksPath without hooks',
    ['-m', 'x'],
    { globals: ['-c', 'core.hooksPath=/dev/null'], prepare: hook('pre-commit', 'exit 1') },
  ],
];

function hook(names: string, body: string) {
  return (_work: string, _git: unknown, gitdir: string): void => {
    for (const name of names.split(' ')) writeHook(join(gitdir, 'hooks'), name, body.replaceAll('$0', name));
  };
}

function ownHooks(work: string): void {
  writeHook(join(work, '..', 'my-hooks'), 'pre-commit', 'echo own hook >&2');
}

function writeHook(folder: string, name: string, body: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

export const endingCases: readonly NamedCase[] = [
  ...cases('daemon', endings),
  ...cases('git at once', endingsAtOnce, hooksAtOnce),
];
