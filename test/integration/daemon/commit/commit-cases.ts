/** Command lines of `git commit` that must do in a container exactly what they do in a plain clone. */
import { appendFileSync, chmodSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './compare-commits';

export interface NamedCase extends Case {
  readonly name: string;
}

type Row = readonly [name: string, args: readonly string[], more?: Omit<Case, 'args'>];

const cutLine = '# ------------------------ >8 ------------------------\n';

const messages: readonly Row[] = [
  ['one message', ['-m', 'a message']],
  ['a message stuck to its option', ['-mstuck']],
  ['several messages', ['-m', 'one', '-m', 'two', '-m', 'three\n']],
  ['a long option with an equals sign', ['--message=with equals']],
  ['a long option with its value apart', ['--message', 'apart']],
  ['an abbreviated option', ['--mess=short']],
  ['a message that looks like an option', ['-m', '-n']],
  ['a message that is the name of a command', ['-m', 'commit']],
  ['a message that is two hyphens', ['-m', '--']],
  ['--no-message before a message', ['-m', 'forgotten', '--no-message', '-m', 'kept']],
  ['an empty message', ['-m', '']],
  ['a blank message', ['-m', ' \n\t\n']],
  ['an empty message that is allowed', ['--allow-empty-message', '-m', '']],
  ['a subject of several lines', ['-m', 'a subject\nthat goes on  \nand on\n\nbody']],
  ['blank lines everywhere', ['-m', '\n\n  indented  \n\n\n\nbody\t\n\n\n']],
  ['a message with hashes', ['-m', '# not a comment\nbody']],
  ['--cleanup=strip', ['--cleanup=strip', '-m', '# a comment\nsubject\n# more\n\n\nbody']],
  ['--cleanup=strip that leaves nothing', ['--cleanup=strip', '-m', '# only a comment']],
  ['--cleanup=whitespace', ['--cleanup=whitespace', '-m', '\n# kept\n\n\n']],
  ['--cleanup=verbatim', ['--cleanup=verbatim', '-m', '\n\n  as it is  \n\n\n']],
  ['--cleanup=verbatim with blanks only', ['--cleanup=verbatim', '-m', '  \n']],
  ['--cleanup=scissors without an editor', ['--cleanup=scissors', '-m', `subject\n${cutLine}below`]],
  ['--cleanup=default', ['--cleanup=default', '-m', ' x ']],
  ['--verbose cuts at the scissors', ['-v', '-m', `subject\n\nbody\n${cutLine}below\n`]],
  ['-v -v', ['-v', '-v', '-m', 'very verbose']],
  ['commit.cleanup', ['-m', '# a\nb'], { globals: ['-c', 'commit.cleanup=strip'] }],
  ['core.commentChar', ['--cleanup=strip', '-m', '; a\n# b\nc'], { globals: ['-c', 'core.commentChar=;'] }],
  [
    'core.commentChar=auto',
    ['--cleanup=strip', '-m', '# a\n; b\nc\n\n@ d'],
    { globals: ['-c', 'core.commentChar=auto'] },
  ],
  ['commit.verbose', ['-m', `subject\n${cutLine}x`], { globals: ['-c', 'commit.verbose=true'] }],
  ['a message of UTF-8', ['-m', '\xc3\xa4nderung \xe2\x82\xac']],
  ['a message that is not UTF-8', ['-m', '\xe4nderung\n\n\xff\xfe']],
  ['i18n.commitEncoding', ['-m', '\xe4nderung'], { globals: ['-c', 'i18n.commitEncoding=ISO-8859-1'] }],
  ['a percent sign in the subject', ['-m', '100%h %s %n']],
  ['control characters in the message', ['-m', 'a\x1b[31mred\x07\tend']],
  ['a very long line', ['-m', 'word '.repeat(3000)]],
];

const files: readonly Row[] = [
  [
    '-F with a file',
    ['-F', '../message'],
    { prepare: (work) => writeFileSync(join(work, '..', 'message'), 'from a file\n\n\nbody\n') },
  ],
  ['-F with standard input', ['-F', '-'], { stdin: 'from input\n\nbody' }],
  ['-F- stuck', ['-F-'], { stdin: 'stuck\n' }],
  ['--file with an empty input', ['--file=-'], { stdin: '' }],
  ['-F with a missing file', ['-F', 'nowhere']],
  ['-F with a missing file in a subfolder', ['-F', 'nowhere'], { folder: 'dir' }],
  ['-F with a folder', ['-F', 'dir']],
  [
    '-F relative to a subfolder',
    ['-F', 'm'],
    { folder: 'dir', prepare: (work) => writeFileSync(join(work, 'dir', 'm'), 'in dir\n') },
  ],
  ['-F with bytes', ['-F', '-'], { stdin: 'caf\xe9\r\nnext\r\n' }],
];

const reuse: readonly Row[] = [
  ['-C with a commit', ['-C', 'HEAD~1']],
  ['-C with a tag', ['-C', 'v1']],
  ['-C with a commit by another', ['-C', 'HEAD']],
  ['--reuse-message and --reset-author', ['--reuse-message=HEAD', '--reset-author']],
  ['-C that names nothing', ['-C', 'nothing']],
  ['-C with a search', ['-C', ':/second']],
  ['-C with a tree', ['-C', 'HEAD^{tree}']],
  ['--amend with a message', ['--amend', '-m', 'amended']],
  ['--amend --no-edit', ['--amend', '--no-edit']],
  ['--amend --no-edit with another author', ['--amend', '--no-edit', '--author=New <new@x>']],
  ['--amend --reset-author', ['--amend', '--no-edit', '--reset-author']],
  ['--amend -C', ['--amend', '-C', 'v1']],
  [
    '--amend without a staged change',
    ['--amend', '-m', 'only the message'],
    { scenario: 'clean', prepare: amendable },
  ],
  [
    '--amend --only',
    ['--amend', '--only', '-m', 'only the message, nothing staged'],
    { prepare: (_work, git) => git('reset', '-q', '--soft', 'HEAD~1') },
  ],
  ['--amend that would be empty', ['--amend', '--no-edit'], { scenario: 'clean' }],
  ['--amend --allow-empty', ['--amend', '--no-edit', '--allow-empty'], { scenario: 'clean' }],
  [
    '--amend of the first commit',
    ['--amend', '-m', 'new root'],
    { prepare: (_work, git) => git('update-ref', 'HEAD', 'HEAD~2') },
  ],
  ['--amend of a merge', ['--amend', '--no-edit'], { scenario: 'merged' }],
  [
    '--amend of a merge without a change',
    ['--amend', '-m', 'new words'],
    { scenario: 'merged', prepare: (_work, git) => git('reset', '-q', '--hard') },
  ],
  ['--amend on an unborn branch', ['--amend', '-m', 'x'], { scenario: 'unborn' }],
  ['--amend with an editor that does nothing', ['--amend'], { env: { GIT_EDITOR: 'true' } }],
  ['--amend --edit with an editor that does nothing', ['--amend', '-e'], { env: { GIT_EDITOR: ':' } }],
  ['--fixup', ['--fixup=HEAD~1']],
  ['--fixup with a message', ['--fixup', 'HEAD', '-m', 'more words']],
  ['--fixup of nothing', ['--fixup', 'nothing']],
  ['--squash with a message', ['--squash', 'HEAD~1', '-m', 'to be squashed']],
  ['--squash -C', ['--squash', 'HEAD', '-C', 'HEAD']],
  ['--no-edit with a prepared message', ['--no-edit'], { scenario: 'squashing' }],
  ['a message beside a prepared one', ['-m', 'squashed'], { scenario: 'squashing' }],
];

function amendable(_work: string, git: (...args: readonly string[]) => void): void {
  git('reset', '-q', '--hard', 'HEAD~1');
}

const people: readonly Row[] = [
  ['--author', ['-m', 'x', '--author=Some Body <some@body.example>']],
  ['--author without a space', ['-m', 'x', '--author', 'Some<some@body>']],
  ['--author with crud', ['-m', 'x', '--author', ' "Some, Body". <<a@b>, >']],
  ['--author with umlauts', ['-m', 'x', '--author', 'J\xc3\xb6rg <j@x>']],
  ['--author by a pattern', ['-m', 'x', '--author', 'other']],
  ['--author by a pattern that matches nobody', ['-m', 'x', '--author', 'nobody at all']],
  ['--author that is malformed', ['-m', 'x', '--author', '>x']],
  ['--author without a name', ['-m', 'x', '--author', '<only@mail>']],
  ['--author of crud only', ['-m', 'x', '--author', '.,; <x@y>']],
  ['--author and --reset-author', ['-m', 'x', '--author=a <b>', '--reset-author']],
  ['--reset-author alone', ['-m', 'x', '--reset-author']],
  ['GIT_AUTHOR_NAME and EMAIL', ['-m', 'x'], { env: { GIT_AUTHOR_NAME: 'Env', GIT_AUTHOR_EMAIL: 'env@x' } }],
  ['an empty GIT_AUTHOR_NAME', ['-m', 'x'], { env: { GIT_AUTHOR_NAME: '' } }],
  ['an empty GIT_AUTHOR_EMAIL', ['-m', 'x'], { env: { GIT_AUTHOR_EMAIL: '' } }],
  ['author.name', ['-m', 'x'], { globals: ['-c', 'author.name=Configured', '-c', 'author.email=c@x'] }],
  ['user.name', ['-m', 'x'], { globals: ['-c', 'user.name=User', '-c', 'user.email=u@x'] }],
  ['an author that is not UTF-8', ['-m', 'x', '--author', 'J\xf6rg <j@x>']],
  ['GIT_AUTHOR_DATE', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: '1234567890 -0330' } }],
  ['GIT_AUTHOR_DATE in ISO 8601', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: '2005-04-07T22:13:13' } }],
  ['GIT_AUTHOR_DATE that is none', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: 'once upon a time' } }],
  ['--date raw', ['-m', 'x', '--date=@1112904793 +0200']],
  ['--date in ISO 8601', ['-m', 'x', '--date=2005-04-07T22:13:13+02:00']],
  ['--date without a zone', ['-m', 'x', '--date=2005-04-07 22:13:13']],
  ['--date in RFC 2822', ['-m', 'x', '--date', 'Thu, 7 Apr 2005 22:13:13 +0200']],
  ['--date with dots', ['-m', 'x', '--date=07.04.2005 10:00']],
  ['--date=yesterday', ['-m', 'x', '--date=yesterday'], { env: { GIT_TEST_DATE_NOW: '1700000000' } }],
  [
    '--date=noon two days ago',
    ['-m', 'x', '--date=2 days ago noon'],
    { env: { GIT_TEST_DATE_NOW: '1700000000' } },
  ],
  ['--date that is none', ['-m', 'x', '--date=nonsense']],
  ['--date that is empty', ['-m', 'x', '--date=']],
  ['--date and --amend', ['--amend', '--no-edit', '--date=@1500000000 +0000']],
  ['--date of one digit', ['-m', 'x', '--date=@1500000000 -1130']],
];

const trailers: readonly Row[] = [
  ['--signoff', ['-s', '-m', 'subject']],
  ['--signoff with a body', ['-s', '-m', 'subject', '-m', 'body of text']],
  ['--signoff after trailers', ['-s', '-m', 'subject\n\nbody\n\nFixes: #1\nAcked-by: X <x@y>']],
  [
    '--signoff that is there already',
    ['-s', '-m', 'subject\n\nSigned-off-by: Agent One <one@agents.example>'],
  ],
  ['--signoff of another', ['-s', '-m', 'subject\n\nSigned-off-by: Other <o@x>']],
  ['--signoff without a message', ['-s', '-m', '']],
  ['--signoff and strip', ['-s', '--cleanup=strip', '-m', 'subject\n\nbody\n# comment\n']],
  ['--signoff and verbatim', ['-s', '--cleanup=verbatim', '-m', 'subject\n']],
  [
    '--signoff after half a block of trailers',
    ['-s', '-m', 's\n\nSigned-off-by: A <a@b>\nno trailer\nat all'],
  ],
  ['--trailer', ['--trailer', 'Reviewed-by: R <r@x>', '-m', 'subject']],
  ['several --trailer', ['--trailer=A: 1', '--trailer', 'B=2', '-m', 'subject\n\nbody']],
  ['--trailer and --signoff', ['-s', '--trailer=Fixes:3', '-m', 'subject']],
  [
    '--trailer with a configured key',
    ['--trailer', 'sign: me', '-m', 's'],
    { globals: ['-c', 'trailer.sign.key=Signed-off-by: '] },
  ],
];

const contents: readonly Row[] = [
  ['-a', ['-a', '-m', 'all of it']],
  ['-am', ['-am', 'all of it']],
  ['-amstuck', ['-amstuck']],
  ['-qam', ['-qam', 'quietly']],
  ['--all in a subfolder', ['--all', '-m', 'x'], { folder: 'dir' }],
  ['-a with nothing to do', ['-am', 'x'], { scenario: 'clean' }],
  [
    '-a that is not staged but changed',
    ['-am', 'x'],
    { scenario: 'clean', prepare: (work) => appendFileSync(join(work, 'a.txt'), 'more\n') },
  ],
  ['-a --amend', ['-a', '--amend', '--no-edit']],
  ['-a on an unborn branch', ['-am', 'x'], { scenario: 'unborn' }],
  ['one path', ['-m', 'x', 'b.txt']],
  ['a path before the options', ['b.txt', '-m', 'x']],
  ['a path after two hyphens', ['-m', 'x', '--', 'b.txt']],
  ['a path that is staged', ['-m', 'x', 'a.txt']],
  ['a deleted path', ['-m', 'x', 'with space.txt']],
  ['a new staged path', ['-m', 'x', 'dir/new.txt']],
  ['a folder', ['-m', 'x', 'dir']],
  ['a pattern', ['-m', 'x', '*.txt']],
  ['paths from a subfolder', ['-m', 'x', 'c.txt', '../b.txt'], { folder: 'dir' }],
  ['an unknown path', ['-m', 'x', 'unknown.txt']],
  ['an untracked path', ['-m', 'x', 'untracked.txt']],
  ['a known and an unknown path', ['-m', 'x', 'b.txt', 'unknown.txt']],
  ['a path without a change', ['-m', 'x', 'dir/sub/d.txt']],
  ['-o', ['-o', '-m', 'x', 'b.txt']],
  ['-i', ['-i', '-m', 'x', 'b.txt']],
  ['-i with a folder', ['-i', '-m', 'x', 'dir']],
  ['-i with a path that matches nothing', ['-i', '-m', 'x', 'unknown.txt']],
  ['-i from a subfolder', ['-i', '-m', 'x', 'c.txt'], { folder: 'dir' }],
  ['-i without a path', ['-i', '-m', 'x']],
  ['-o without a path', ['-o', '-m', 'x']],
  ['-o --allow-empty without a path', ['-o', '--allow-empty', '-m', 'x']],
  ['-a with a path', ['-a', '-m', 'x', 'b.txt']],
  ['-a and -i', ['-a', '-i', '-m', 'x']],
  ['--amend with a path', ['--amend', '--no-edit', 'b.txt']],
  ['a path on an unborn branch', ['-m', 'x', 'one'], { scenario: 'unborn' }],
  [
    '--pathspec-from-file',
    ['-m', 'x', '--pathspec-from-file=-'],
    { stdin: 'b.txt\r\n"with\\040space.txt"\n' },
  ],
  [
    '--pathspec-from-file with NUL',
    ['-m', 'x', '--pathspec-from-file=-', '--pathspec-file-nul'],
    { stdin: 'b.txt\0with space.txt\0' },
  ],
  ['--pathspec-from-file with a path', ['-m', 'x', '--pathspec-from-file=-', 'b.txt'], { stdin: 'a.txt' }],
  ['--pathspec-from-file that is missing', ['-m', 'x', '--pathspec-from-file=nowhere']],
  ['--pathspec-from-file with a bad quote', ['-m', 'x', '--pathspec-from-file=-'], { stdin: '"open\n' }],
  ['--pathspec-file-nul alone', ['-m', 'x', '--pathspec-file-nul']],
  ['literal pathspecs', ['-m', 'x', '*.txt'], { globals: ['--literal-pathspecs'] }],
  ['a path with magic', ['-m', 'x', ':/b.txt'], { folder: 'dir' }],
  ['every kind of change', ['-m', 'every kind'], { scenario: 'changes' }],
  ['an entry that is only intended', ['-m', 'x'], { scenario: 'intended' }],
  ['an intended entry with -a', ['-am', 'x'], { scenario: 'intended' }],
  ['an intended entry by its path', ['-m', 'x', 'intended.txt'], { scenario: 'intended' }],
  ['a file changed in the second it was staged', ['-am', 'racy'], { scenario: 'clean', prepare: racy }],
  [
    'line endings that git converts',
    ['-am', 'x'],
    {
      globals: ['-c', 'core.autocrlf=input'],
      prepare: (work) => writeFileSync(join(work, 'b.txt'), 'a\r\nb\r\n'),
    },
  ],
  [
    'a file that became a folder',
    ['-am', 'x'],
    {
      prepare: (work) => {
        unlinkSync(join(work, 'b.txt'));
        mkdirSync(join(work, 'b.txt'));
        writeFileSync(join(work, 'b.txt', 'x'), 'x');
      },
    },
  ],
  [
    'a folder that became a file, by its path',
    ['-m', 'x', 'dir/c.txt'],
    {
      prepare: (work) => {
        rmSync(join(work, 'dir'), { recursive: true });
        writeFileSync(join(work, 'dir'), 'x');
      },
    },
  ],
  ['packed refs', ['-m', 'x'], { scenario: 'packed' }],
  ['a mode change with -a', ['-am', 'x'], { prepare: (work) => chmodSync(join(work, 'b.txt'), 0o755) }],
];

function racy(work: string, git: (...args: readonly string[]) => void): void {
  writeFileSync(join(work, 'a.txt'), 'first\n');
  git('add', 'a.txt');
  writeFileSync(join(work, 'a.txt'), 'other\n');
}

const endings: readonly Row[] = [
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
  ['--allow-empty', ['--allow-empty', '-m', 'x'], { scenario: 'clean' }],
  ['conflicts', ['-m', 'x'], { scenario: 'conflicts' }],
  ['conflicts with -a', ['-am', 'x'], { scenario: 'conflicts' }],
  ['-q', ['-q', '-m', 'quiet']],
  ['--no-quiet', ['-q', '--no-quiet', '-m', 'loud']],
  ['--no-verify', ['-n', '-m', 'x']],
  [
    '--status and others that change nothing',
    ['--status', '--no-status', '--branch', '--ahead-behind', '--no-post-rewrite', '-m', 'x'],
  ],
  ['--no-gpg-sign', ['--no-gpg-sign', '-m', 'x'], { globals: ['-c', 'commit.gpgSign=true'] }],
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
  ['GIT_REFLOG_ACTION', ['-m', 'x'], { env: { GIT_REFLOG_ACTION: 'my action' } }],
  [
    'core.logAllRefUpdates=false',
    ['-m', 'x'],
    {
      globals: ['-c', 'core.logAllRefUpdates=false'],
      prepare: (_work, _git, gitdir, common) => {
        rmSync(join(gitdir, 'logs'), { recursive: true });
        rmSync(join(common, 'logs'), { recursive: true, force: true });
      },
    },
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
  ['an editor that does nothing', [], { env: { GIT_EDITOR: ':' } }],
  ['an editor that does nothing, and a message', ['-e', '-m', '# x\ny\n'], { env: { GIT_EDITOR: 'true' } }],
];

const hooks: readonly Row[] = [
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
  return (_work: string, _git: unknown, _gitdir: string, common: string): void => {
    for (const name of names.split(' ')) writeHook(join(common, 'hooks'), name, body.replaceAll('$0', name));
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

export const sameCases: readonly NamedCase[] = [
  ...[messages, files, reuse, people, trailers, contents, endings, hooks].flat(),
].map(([name, args, more]) => ({ name, args, ...more }));
