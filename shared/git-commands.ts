/**
 * THE table of git subcommands: which way each takes through the shim. The C shim's table
 * (`client/shim/generated.h`) is generated from it. A subcommand that is not listed is local or an alias.
 *
 * The ways: `commit` and `branch`, the daemon does it itself or hands it back to git, which then goes the way of
 * `transaction`: the real git, whose `reference-transaction` hook asks the daemon about every shared ref; `remote`, the real git, whose transport
 * to the registered remotes is the daemon; local, the real git and nothing else. A wrong way costs speed or a
 * message, never safety: no way lets a ref move without the daemon.
 */
import type { MethodName } from './methods';

export type Way = 'commit' | 'branch' | 'transaction' | 'remote';

/** The daemon's method that serves a way; the others are the real git's, and what it asks the daemon in between. */
export const wayMethods = { commit: 'commit.create', branch: 'branch.change' } as const satisfies Partial<
  Record<Way, MethodName>
>;

export interface CommandRule {
  readonly name: string;
  readonly way: Way;
  /** One line for the table of docs/fidelity.md. */
  readonly note: string;
  /**
   * Forms that stay local: a sole `-h` always, and any of `any` before `--`. `values` names options whose value
   * may be the next argument, which is then no option: a message of `-h` is a message. A one-letter option
   * of `values` takes one at the end of a cluster too (`-am`).
   */
  readonly local?: { readonly any: readonly string[]; readonly values: readonly string[] };
  /**
   * Options of forms that may write a ref without git's hook, or `always`: the shim waits for them and looks. One letter
   * matches in a cluster, a long option by any of its beginnings; matching too much only costs the waiting.
   */
  readonly unhooked?: readonly string[] | 'always';
  /** It writes refs of another repository, or none: a hooks folder of the agent's choice stays as it is. */
  readonly elsewhere?: true;
  /** It moves no ref, though git tells its hook so, and that once for each ref: no hook is run. */
  readonly hookless?: true;
  /** It makes many commits on a detached HEAD and moves the branch in the end: until then no hook needs to run. */
  readonly replays?: true;
  /**
   * It changes the work tree before it moves the branch: unless an argument matches one of these (it goes on with what it
   * began, or takes it back), the shim asks first whether a branch that is not the agent's main one can be moved.
   */
  readonly asksUnless?: readonly string[];
}

const goingOn = ['--abort', '--quit', '--skip', '--continue', '--show-current-patch', '--help', '-h'];

export const commandRules: readonly CommandRule[] = [
  {
    name: 'commit',
    way: 'commit',
    note: 'made by the daemon when nothing of the project has to run; else by git, which asks it about the ref',
    local: {
      any: ['-h', '--dry-run', '--short', '--porcelain', '--long'],
      values: [
        ...['-m', '--message', '-F', '--file', '-C', '--reuse-message', '-c', '--reedit-message'],
        ...['-t', '--template', '--author', '--date', '--fixup', '--squash', '--trailer', '--cleanup'],
        '--pathspec-from-file',
      ],
    },
  },

  ...asking('transaction', {
    am: 'commits of mails',
    'cherry-pick': 'commits on the current branch',
    merge: 'a fast-forward or a commit on the current branch',
    revert: 'commits on the current branch',
  }),
  ...transactions({
    bisect: 'its refs are the agent’s own; the checkouts move HEAD only',
    checkout: '-b, -B and --track make a branch',
    'fast-import': 'refs move when it ends or checkpoints',
    'filter-branch': 'on the agent’s own branches; refs/original is private',
    gc: 'tidies the agent’s own objects and refs',
    maintenance: 'tidies the agent’s own objects and refs',
    notes: 'refs/notes is private to the agent',
    prune: 'the agent’s own objects',
    quiltimport: 'commits on the current branch',
    'receive-pack': 'a push into the workspace from another repository of the container',
    reflog: 'reflogs are private to the agent',
    refs: 'as pack-refs, update-ref',
    repack: 'the agent’s own objects',
    replace: 'refs/replace is private to the agent: nobody else sees what it replaces',
    reset: 'moves the current branch, where it may be rewound',
    stash: 'refs/stash is private to the agent',
    switch: '-c, -C and --track make a branch',
    tag: 'new tags; others are never moved',
    'update-ref': 'a transaction of several refs applies wholly or not at all',
    worktree: 'linked work trees share the branches; each has its own HEAD',
  }),
  {
    name: 'rebase',
    way: 'transaction',
    note: 'one update of the branch, when it ends',
    replays: true,
  },
  {
    name: 'pack-refs',
    way: 'transaction',
    note: 'packs the agent’s view; shared refs are shown again as they are',
    hookless: true,
  },
  {
    name: 'symbolic-ref',
    way: 'transaction',
    note: 'HEAD and symbolic refs are private to the agent; one in the place of a branch deletes it, where it may',
    unhooked: 'always',
  },
  {
    name: 'branch',
    way: 'branch',
    note: 'one that is made at HEAD or deleted, by the daemon when nothing of the project has to run; else by git',
    unhooked: ['-c', '-C', '--copy', '-m', '-M', '--move'],
  },

  ...asking('remote', { pull: 'fetch, then merge or rebase as they are' }),
  ...remotes({
    archive: 'with --remote; else local',
    fetch: 'refs/remotes is private to the agent; new tags are shared',
    'fetch-pack': 'objects only',
    remote: 'remotes are the agent’s own; the network goes where policy lets it',
    'request-pull': 'asks the remote what it has',
    submodule: 'submodules are repositories of the agent’s own',
  }),
  ...Object.entries({
    push: 'the daemon pushes, with its own rules and credentials; into the workspace, as receive-pack',
    'send-pack': 'as push',
  }).map(([name, note]) => ({ name, way: 'remote' as const, note, unhooked: 'always' as const })),
  { name: 'clone', way: 'remote', note: 'another repository, the agent’s own', elsewhere: true },
  { name: 'ls-remote', way: 'remote', note: 'what the remote has', elsewhere: true },
];

function asking(way: Way, notes: Readonly<Record<string, string>>): readonly CommandRule[] {
  return Object.entries(notes).map(([name, note]) => ({ name, way, note, asksUnless: goingOn }));
}

function transactions(notes: Readonly<Record<string, string>>): readonly CommandRule[] {
  return Object.entries(notes).map(([name, note]) => ({ name, way: 'transaction', note }));
}

function remotes(notes: Readonly<Record<string, string>>): readonly CommandRule[] {
  return Object.entries(notes).map(([name, note]) => ({ name, way: 'remote', note }));
}

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
