/**
 * THE table of git subcommands: which way each takes through the shim. The C shim's table
 * (`client/shim/generated.h`) is generated from it. A subcommand that is not listed is local or an alias.
 *
 * `local` rules let a listed subcommand stay local for forms that write no shared ref, so that reading
 * works without the daemon: it is local when the first argument is in `first`, or any argument before `--`
 * matches `any`, or every argument matches `only` (no argument at all matches `only`), or, with `writes`, when
 * no argument before `--` matches `writes`. A pattern ending in `*` matches a prefix.
 */
export type Way = 'commit' | 'transaction' | 'remote';

export interface CommandRule {
  readonly name: string;
  readonly way: Way;
  readonly local?: {
    readonly first?: readonly string[];
    readonly any?: readonly string[];
    readonly only?: readonly string[];
    readonly writes?: readonly string[];
  };
}

const listOptions = [
  '--sort=*',
  '--format=*',
  '--color*',
  '--no-color',
  '--column*',
  '--no-column',
  '-i',
  '--ignore-case',
];

export const commandRules: readonly CommandRule[] = [
  { name: 'commit', way: 'commit', local: { any: ['-h', '--dry-run', '--short', '--porcelain', '--long'] } },

  { name: 'fetch', way: 'remote', local: { any: ['-h'] } },
  { name: 'pull', way: 'remote', local: { any: ['-h'] } },
  { name: 'push', way: 'remote', local: { any: ['-h'] } },
  { name: 'ls-remote', way: 'remote', local: { any: ['-h'] } },

  {
    name: 'branch',
    way: 'transaction',
    local: {
      any: [
        '-h',
        '-l',
        '--list',
        '--contains*',
        '--no-contains*',
        '--merged*',
        '--no-merged*',
        '--points-at*',
        '--show-current',
      ],
      only: [
        '-a',
        '--all',
        '-r',
        '--remotes',
        '-v',
        '-vv',
        '--verbose',
        '-av',
        '-avv',
        '-rv',
        '-va',
        '-vva',
        '--abbrev*',
        '--no-abbrev',
        ...listOptions,
      ],
    },
  },
  {
    name: 'tag',
    way: 'transaction',
    local: {
      any: [
        '-h',
        '-l',
        '--list',
        '-n*',
        '--contains*',
        '--no-contains*',
        '--merged*',
        '--no-merged*',
        '--points-at*',
        '-v',
        '--verify',
      ],
      only: listOptions,
    },
  },
  { name: 'stash', way: 'transaction', local: { first: ['list', 'show', '-h'] } },
  { name: 'notes', way: 'transaction', local: { first: ['list', 'show', 'get-ref', '-h'], only: [] } },
  { name: 'checkout', way: 'transaction', local: { writes: ['-b*', '-B*', '-t', '--track*'] } },
  {
    name: 'switch',
    way: 'transaction',
    local: { writes: ['-c*', '-C*', '--create*', '--force-create*', '-t', '--track*'] },
  },
  { name: 'reset', way: 'transaction', local: { any: ['-h', '-p', '--patch'] } },
  { name: 'worktree', way: 'transaction', local: { first: ['list', '-h'] } },
  {
    name: 'bisect',
    way: 'transaction',
    local: { first: ['log', 'view', 'visualize', 'terms', 'help', '-h'] },
  },
  { name: 'merge', way: 'transaction', local: { any: ['-h'] } },
  { name: 'rebase', way: 'transaction', local: { any: ['-h', '--show-current-patch', '--edit-todo'] } },
  { name: 'cherry-pick', way: 'transaction', local: { any: ['-h'] } },
  { name: 'revert', way: 'transaction', local: { any: ['-h'] } },
  { name: 'am', way: 'transaction', local: { any: ['-h', '--show-current-patch*'] } },
  { name: 'update-ref', way: 'transaction', local: { any: ['-h'] } },
  { name: 'symbolic-ref', way: 'transaction', local: { any: ['-h'] } },
  { name: 'replace', way: 'transaction', local: { any: ['-h', '-l', '--list'], only: [] } },
  { name: 'fast-import', way: 'transaction' },
  { name: 'filter-branch', way: 'transaction' },
];
