/** Command lines that only git itself carries out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, type NamedCase, type Row } from './compared-case';
import type { Run } from './twin-workspaces';

const editors: readonly Row[] = [
  ['an editor', [], { env: { GIT_EDITOR: 'echo typed >' } }],
  ['an editor that is configured', [], { globals: ['-c', 'core.editor=echo typed >'] }],
  ['an editor that fails', [], { env: { GIT_EDITOR: 'false' } }],
  ['an editor that sees the changes', ['-v'], { env: { GIT_EDITOR: 'sed -i 1s/^/typed/' } }],
  ['a message to be edited', ['-e', '-m', 'x'], { env: { GIT_EDITOR: 'echo more >>' } }],
  ['-c', ['-c', 'HEAD'], { env: { GIT_EDITOR: 'echo more >>' } }],
  ['--amend', ['--amend'], { env: { GIT_EDITOR: 'echo more >>' } }],
  ['a template', ['-t', 'dir/c.txt'], { env: { GIT_EDITOR: 'echo more >>' } }],
  [
    'a template that is configured and left alone',
    [],
    { globals: ['-c', 'commit.template=dir/c.txt'], env: { GIT_EDITOR: ':' } },
  ],
  ['--squash without a message', ['--squash', 'HEAD'], { env: { GIT_EDITOR: ':' } }],
  ['--fixup=amend:', ['--fixup=amend:HEAD'], { env: { GIT_EDITOR: 'echo more >>' } }],
  ['--fixup=reword:', ['--fixup=reword:HEAD', '-m', 'x']],
  ['--no-edit without a message', ['--no-edit']],
  ['an empty message without an editor', ['--no-edit', '--allow-empty-message']],
];

const choices: readonly Row[] = [
  ['--patch', ['-p', '-m', 'x'], { stdin: 'y\nq\n' }],
  ['--interactive', ['--interactive', '-m', 'x'], { stdin: 'q\n' }],
  ['--dry-run', ['--dry-run', '-m', 'x']],
  ['--short', ['--short']],
  ['--dry-run of a signed commit', ['--dry-run', '-S', '-m', 'x']],
];

const operations: readonly Row[] = [
  ['a merge', ['-m', 'merged'], { scenario: 'merging' }],
  ['a merge with its own message', ['--no-edit'], { scenario: 'merging' }],
  ['a cherry-pick', ['-m', 'picked'], { prepare: inState('CHERRY_PICK_HEAD') }],
  ['a revert', ['-m', 'reverted'], { prepare: inState('REVERT_HEAD') }],
  ['a rebase', ['--amend', '-m', 'edited'], { scenario: 'rebasing' }],
];

const places: readonly Row[] = [
  ['a detached HEAD', ['-m', 'x'], { prepare: (_work, git) => git('checkout', '-q', '--detach') }],
  [
    'a branch with an odd name',
    ['-m', 'x'],
    { prepare: (_work, git) => git('checkout', '-q', '-b', '\u00e4') },
  ],
  [
    'a configuration that git can not read',
    ['-m', 'x'],
    { prepare: (_work, _git, gitdir) => writeFileSync(join(gitdir, 'config'), '[core\n') },
  ],
  ['an index that git can not read', ['-m', 'x'], { prepare: withoutIndex }],
  ['a path that is not UTF-8', ['-m', 'x'], { prepare: oddName }],
  [
    'nobody named',
    ['-m', 'x'],
    { globals: ['-c', 'user.useConfigOnly=true'], env: { GIT_CONFIG_GLOBAL: '/dev/null' } },
  ],
  ['a locked index', ['-m', 'x'], { prepare: withFile('index.lock') }],
  ['a locked HEAD', ['-m', 'x'], { prepare: withFile('HEAD.lock') }],
  ['a locked branch', ['-m', 'x'], { prepare: withFile('refs/heads/main.lock') }],
  ['a hook that can not be run', ['-m', 'x'], { prepare: withFile('hooks/pre-commit') }],
];

const placesAfterAll: readonly Row[] = [
  ['a path that is not UTF-8, with -a', ['-am', 'x'], { prepare: oddName }],
];

function inState(name: string) {
  return (_work: string, git: Run): void => git('update-ref', name, 'HEAD~1');
}

function withFile(name: string) {
  return (_work: string, _git: Run, gitdir: string): void => writeFileSync(join(gitdir, name), '');
}

function withoutIndex(_work: string, _git: Run, gitdir: string): void {
  writeFileSync(join(gitdir, 'index'), 'x'.repeat(100));
}

function oddName(work: string, git: Run): void {
  writeFileSync(Buffer.concat([Buffer.from(`${work}/`), Buffer.from([0x62, 0xff])]), 'odd\n');
  git('add', '.');
}

export const leftToGitCases: readonly NamedCase[] = [
  ...cases('git at once', editors, choices, operations, places),
  ...cases('git after all', placesAfterAll),
];
