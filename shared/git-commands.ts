/**
 * THE table of git subcommands: which way each takes through the shim. The C shim's table
 * (`client/shim/generated.h`) is generated from it. A subcommand that is not listed is local or an alias.
 *
 * `local` rules let a listed subcommand stay local for forms that write no shared ref, so that reading
 * works without the daemon: it is local when the first argument is in `first`, or any argument before `--`
 * matches `any`, or every argument matches `only` (no argument at all matches `only`), or, with `writes`, when
 * no argument before `--` matches `writes`. A pattern ending in `*` matches a prefix.
 *
 * `values` names options whose value may be the next argument, which `any` and `only` then do not look at: a
 * message of `-h` is a message. A one-letter option of `values` does so at the end of a cluster too (`-am`); a
 * one-letter pattern of `writes` matches anywhere in a cluster (`-qb`). A sole `-h` asks for usage and is
 * always local. `isLocalForm` in `shared/git-way.ts` is the same rule in TypeScript.
 */
import type { MethodName } from './methods';

export type Way = 'commit' | 'transaction' | 'remote';

/** The daemon's method that serves a way. */
export const wayMethods = {
  commit: 'commit.create',
  transaction: 'transaction.run',
  remote: 'remote.run',
} as const satisfies Record<Way, MethodName>;

export interface CommandRule {
  readonly name: string;
  readonly way: Way;
  readonly local?: {
    readonly first?: readonly string[];
    readonly any?: readonly string[];
    readonly only?: readonly string[];
    readonly writes?: readonly string[];
    readonly values?: readonly string[];
  };
}

const listOptions = [
  '--sort*',
  '--format*',
  '--color*',
  '--no-color',
  '--column*',
  '--no-column',
  '-i',
  '--ignore-case',
];

export const commandRules: readonly CommandRule[] = [
  {
    name: 'commit',
    way: 'commit',
    local: {
      any: ['-h', '--dry-run', '--short', '--porcelain', '--long'],
      values: [
        ...['-m', '--message', '-F', '--file', '-C', '--reuse-message', '-c', '--reedit-message'],
        ...['-t', '--template', '--author', '--date', '--fixup', '--squash', '--trailer', '--cleanup'],
        '--pathspec-from-file',
      ],
    },
  },

  { name: 'fetch', way: 'remote', local: { any: ['-h'] } },
  { name: 'pull', way: 'remote', local: { any: ['-h'] } },
  { name: 'push', way: 'remote', local: { any: ['-h'] } },
  // `ls-remote -h origin` lists heads.
  { name: 'ls-remote', way: 'remote' },

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
      values: ['--sort', '--format'],
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
      values: [
        ...['--sort', '--format', '-m', '--message', '-F', '--file', '-u', '--local-user'],
        ...['--cleanup', '--trailer'],
      ],
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
  { name: 'merge', way: 'transaction', local: { any: ['-h'], values: ['-m', '-F', '-s', '-X'] } },
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

/** How an option of git itself (before the subcommand) takes its value. */
export type OptionValue = 'none' | 'next' | 'stuck' | 'next or stuck';

/**
 * git's own options of 2.39 to 2.5x after which a subcommand can follow. Those that print something and end
 * (`--version`, `--html-path`, a bare `--exec-path` …) are not here: what is not listed is left to the real git.
 */
export const gitOptions: Readonly<Record<string, OptionValue>> = {
  '-C': 'next',
  '-c': 'next',
  '--config-env': 'next or stuck',
  '--git-dir': 'next or stuck',
  '--work-tree': 'next or stuck',
  '--namespace': 'next or stuck',
  '--super-prefix': 'next or stuck',
  '--attr-source': 'next or stuck',
  '--shallow-file': 'next',
  '--exec-path': 'stuck',
  '-p': 'none',
  '--paginate': 'none',
  '-P': 'none',
  '--no-pager': 'none',
  '--bare': 'none',
  '--no-replace-objects': 'none',
  '--no-lazy-fetch': 'none',
  '--no-advice': 'none',
  '--no-optional-locks': 'none',
  '--literal-pathspecs': 'none',
  '--no-literal-pathspecs': 'none',
  '--glob-pathspecs': 'none',
  '--noglob-pathspecs': 'none',
  '--icase-pathspecs': 'none',
};

/**
 * Subcommands of git 2.39 to 2.5x: no alias can hide these, so the shim need not ask. A name that is missing
 * here only costs a question to the real git.
 */
export const knownCommands: readonly string[] = `
  add am annotate apply archive backfill bisect bisect--helper blame branch bugreport bundle cat-file check-attr
  check-ignore check-mailmap check-ref-format checkout checkout--worker checkout-index cherry cherry-pick clean
  clone column commit commit-graph commit-tree config count-objects credential credential-cache
  credential-cache--daemon credential-store daemon describe diagnose diff diff-files diff-index diff-pairs
  diff-tree difftool difftool--helper env--helper fast-export fast-import fetch fetch-pack filter-branch
  fmt-merge-msg for-each-ref for-each-repo format-patch fsck fsck-objects fsmonitor--daemon gc
  get-tar-commit-id grep hash-object help hook http-backend http-fetch http-push imap-send index-pack init
  init-db instaweb interpret-trailers last-modified log ls-files ls-remote ls-tree mailinfo mailsplit
  maintenance merge merge-base merge-file merge-index merge-octopus merge-one-file merge-ours merge-recursive
  merge-recursive-ours merge-recursive-theirs merge-resolve merge-subtree merge-tree mergetool mktag mktree
  multi-pack-index mv name-rev notes pack-objects pack-redundant pack-refs patch-id pickaxe prune prune-packed
  pull push quiltimport range-diff read-tree rebase receive-pack reflog refs remote remote-ext remote-fd
  remote-ftp remote-ftps remote-http remote-https repack replace replay repo request-pull rerere reset restore
  rev-list rev-parse revert rm send-pack sh-i18n sh-i18n--envsubst sh-setup shell shortlog show show-branch
  show-index show-ref sparse-checkout stage stash status stripspace submodule submodule--helper switch
  symbolic-ref tag unpack-file unpack-objects update-index update-ref update-server-info upload-archive
  upload-archive--writer upload-pack var verify-commit verify-pack verify-tag version web--browse whatchanged
  worktree write-tree`
  .trim()
  .split(/\s+/);
