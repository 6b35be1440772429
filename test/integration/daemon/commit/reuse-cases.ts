/** Command lines that use another commit, or name people and dates. */
import { cases, type NamedCase, type Row } from './compared-case';

const reuse: readonly Row[] = [
  ['-C with a commit', ['-C', 'HEAD~1']],
  ['-C with a tag', ['-C', 'v1']],
  ['-C with a commit by another', ['-C', 'HEAD']],
  ['--reuse-message and --reset-author', ['--reuse-message=HEAD', '--reset-author']],
  ['-C with a search', ['-C', ':/second']],
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
  ['--amend --allow-empty', ['--amend', '--no-edit', '--allow-empty'], { scenario: 'clean' }],
  [
    '--amend of the first commit',
    ['--amend', '-m', 'new root'],
    { prepare: (_work, git) => git('update-ref', 'HEAD', 'HEAD~2') },
  ],
];

const reuseAtOnce: readonly Row[] = [
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

const reuseAfterAll: readonly Row[] = [
  ['-C that names nothing', ['-C', 'nothing']],
  ['-C with a tree', ['-C', 'HEAD^{tree}']],
  ['--amend that would be empty', ['--amend', '--no-edit'], { scenario: 'clean' }],
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
  ['GIT_AUTHOR_NAME and EMAIL', ['-m', 'x'], { env: { GIT_AUTHOR_NAME: 'Env', GIT_AUTHOR_EMAIL: 'env@x' } }],
  ['an empty GIT_AUTHOR_EMAIL', ['-m', 'x'], { env: { GIT_AUTHOR_EMAIL: '' } }],
  [
    'GIT_COMMITTER_NAME and EMAIL',
    ['-m', 'x'],
    { env: { GIT_COMMITTER_NAME: 'Env', GIT_COMMITTER_EMAIL: 'env@x' } },
  ],
  ['GIT_COMMITTER_DATE', ['-m', 'x'], { env: { GIT_COMMITTER_DATE: '2005-04-07T22:13:13' } }],
  [
    'committer.name, signed off',
    ['-s', '-m', 'x'],
    { globals: ['-c', 'committer.name=Configured', '-c', 'committer.email=c@x'] },
  ],
  ['author.name', ['-m', 'x'], { globals: ['-c', 'author.name=Configured', '-c', 'author.email=c@x'] }],
  ['user.name', ['-m', 'x'], { globals: ['-c', 'user.name=User', '-c', 'user.email=u@x'] }],
  ['an author that is not UTF-8', ['-m', 'x', '--author', 'J\xf6rg <j@x>']],
  ['GIT_AUTHOR_DATE', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: '1234567890 -0330' } }],
  ['GIT_AUTHOR_DATE in ISO 8601', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: '2005-04-07T22:13:13' } }],
  ['--date raw', ['-m', 'x', '--date=@1112904793 +0200']],
  ['--date in ISO 8601', ['-m', 'x', '--date=2005-04-07T22:13:13+02:00']],
  ['--date without a zone', ['-m', 'x', '--date=2005-04-07 22:13:13']],
  ['--date in RFC 2822', ['-m', 'x', '--date', 'Thu, 7 Apr 2005 22:13:13 +0200']],
  ['--date with dots', ['-m', 'x', '--date=07.04.2005 10:00']],
  ['the beginning of time', ['-m', 'x', '--date=@0 +0000']],
  ['GIT_AUTHOR_DATE long ago', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: '1970-01-01T00:00:10Z' } }],
  ['-C with a commit of long ago', ['-C', 'HEAD'], { scenario: 'longAgo' }],
  ['--date and --amend', ['--amend', '--no-edit', '--date=@1500000000 +0000']],
  ['--date with minutes in its zone', ['-m', 'x', '--date=@1500000000 -1130']],
];

const peopleAtOnce: readonly Row[] = [
  ['--author that is malformed', ['-m', 'x', '--author', '>x']],
  ['--author without a name', ['-m', 'x', '--author', '<only@mail>']],
  ['--author of crud only', ['-m', 'x', '--author', '.,; <x@y>']],
  ['--author and --reset-author', ['-m', 'x', '--author=a <b>', '--reset-author']],
  ['--reset-author alone', ['-m', 'x', '--reset-author']],
  ['an empty GIT_AUTHOR_NAME', ['-m', 'x'], { env: { GIT_AUTHOR_NAME: '' } }],
  ['--date that is empty', ['-m', 'x', '--date=']],
];

const peopleAfterAll: readonly Row[] = [
  ['--author by a pattern that matches nobody', ['-m', 'x', '--author', 'nobody at all']],
  ['GIT_AUTHOR_DATE that is none', ['-m', 'x'], { env: { GIT_AUTHOR_DATE: 'once upon a time' } }],
  ['--date=yesterday', ['-m', 'x', '--date=yesterday'], { env: { GIT_TEST_DATE_NOW: '1700000000' } }],
  [
    '--date=noon two days ago',
    ['-m', 'x', '--date=2 days ago noon'],
    { env: { GIT_TEST_DATE_NOW: '1700000000' } },
  ],
  ['--date that is none', ['-m', 'x', '--date=nonsense']],
];

export const reuseCases: readonly NamedCase[] = [
  ...cases('daemon', reuse, people),
  ...cases('git at once', reuseAtOnce, peopleAtOnce),
  ...cases('git after all', reuseAfterAll, peopleAfterAll),
];
