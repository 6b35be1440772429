/** Command lines about what is committed. */
import { appendFileSync, chmodSync, mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases, type NamedCase, type Row } from './compared-case';

const contents: readonly Row[] = [
  ['-a', ['-a', '-m', 'all of it']],
  ['-am', ['-am', 'all of it']],
  ['-amstuck', ['-amstuck']],
  ['-qam', ['-qam', 'quietly']],
  ['--all in a subfolder', ['--all', '-m', 'x'], { folder: 'dir' }],
  [
    '-a that is not staged but changed',
    ['-am', 'x'],
    { scenario: 'clean', prepare: (work) => appendFileSync(join(work, 'a.txt'), 'more\n') },
  ],
  ['-a --amend', ['-a', '--amend', '--no-edit']],
  ['one path', ['-m', 'x', 'b.txt']],
  ['a path before the options', ['b.txt', '-m', 'x']],
  ['a path after two hyphens', ['-m', 'x', '--', 'b.txt']],
  ['a path that is staged', ['-m', 'x', 'a.txt']],
  ['a deleted path', ['-m', 'x', 'with space.txt']],
  ['a new staged path', ['-m', 'x', 'dir/new.txt']],
  ['a folder', ['-m', 'x', 'dir']],
  ['a pattern', ['-m', 'x', '*.txt']],
  ['paths from a subfolder', ['-m', 'x', 'c.txt', '../b.txt'], { folder: 'dir' }],
  ['-o', ['-o', '-m', 'x', 'b.txt']],
  ['-i', ['-i', '-m', 'x', 'b.txt']],
  ['-i with a folder', ['-i', '-m', 'x', 'dir']],
  ['-i with a path that matches nothing', ['-i', '-m', 'x', 'unknown.txt']],
  ['-i from a subfolder', ['-i', '-m', 'x', 'c.txt'], { folder: 'dir' }],
  ['-o --allow-empty without a path', ['-o', '--allow-empty', '-m', 'x']],
  ['--amend with a path', ['--amend', '--no-edit', 'b.txt']],
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
      prepare: (work, git) => {
        git('config', 'core.autocrlf', 'input');
        writeFileSync(join(work, 'b.txt'), 'a\r\nb\r\n');
      },
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
  ['a mode change with -a', ['-am', 'x'], { prepare: (work) => chmodSync(join(work, 'b.txt'), 0o755) }],
];

const contentsAtOnce: readonly Row[] = [
  ['-a on an unborn branch', ['-am', 'x'], { scenario: 'unborn' }],
  ['-i without a path', ['-i', '-m', 'x']],
  ['-o without a path', ['-o', '-m', 'x']],
  ['-a with a path', ['-a', '-m', 'x', 'b.txt']],
  ['-a and -i', ['-a', '-i', '-m', 'x']],
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
  ['packed refs', ['-m', 'x'], { scenario: 'packed' }],
];

const contentsAfterAll: readonly Row[] = [
  ['-a with nothing to do', ['-am', 'x'], { scenario: 'clean' }],
  ['an unknown path', ['-m', 'x', 'unknown.txt']],
  ['an untracked path', ['-m', 'x', 'untracked.txt']],
  ['a known and an unknown path', ['-m', 'x', 'b.txt', 'unknown.txt']],
  ['a path without a change', ['-m', 'x', 'dir/sub/d.txt']],
  ['literal pathspecs', ['-m', 'x', '*.txt'], { globals: ['--literal-pathspecs'] }],
];

function racy(work: string, git: (...args: readonly string[]) => void): void {
  writeFileSync(join(work, 'a.txt'), 'first\n');
  git('add', 'a.txt');
  writeFileSync(join(work, 'a.txt'), 'other\n');
}

export const contentCases: readonly NamedCase[] = [
  ...cases('daemon', contents),
  ...cases('git at once', contentsAtOnce),
  ...cases('git after all', contentsAfterAll),
];
