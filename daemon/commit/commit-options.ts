/** The options of `git commit` (git 2.39 to 2.5x) as data: what each is called, whether it takes a value, what it sets. */

/** Strings are bytes, one per character. */
export interface CommitOptions {
  /** The `-m` texts, joined as git does; null: no `-m`. */
  readonly message: string | null;
  readonly file: string | null;
  readonly reuse: string | null;
  readonly author: string | null;
  readonly date: string | null;
  readonly resetAuthor: boolean;
  readonly trailers: readonly string[];
  readonly signoff: boolean;
  /** null: neither `--edit` nor `--no-edit`. */
  readonly edit: boolean | null;
  readonly cleanup: string | null;
  /** null: as `commit.gpgSign` says. */
  readonly gpgSign: boolean | null;
  readonly all: boolean;
  readonly include: boolean;
  readonly only: boolean;
  readonly amend: boolean;
  readonly quiet: boolean;
  /** null: as `commit.verbose` says. */
  readonly verbose: boolean | null;
  readonly allowEmpty: boolean;
  readonly allowEmptyMessage: boolean;
  /** `--dry-run` or a format that implies it. */
  readonly dryRun: boolean;
  /** Only git itself carries this out, or says what is wrong with it. */
  readonly isForGit: boolean;
  readonly paths: readonly string[];
}

export type OptionDraft = { -readonly [K in keyof CommitOptions]: CommitOptions[K] };

export interface OptionRule {
  readonly long: string;
  readonly short?: string;
  readonly value: 'none' | 'required' | 'optional';
  readonly negatable: boolean;
  /** `value` is null for a switch and for an optional value that is not there; `on` is false for the `--no-` form. */
  readonly set: (draft: OptionDraft, value: string | null, on: boolean) => void;
}

type NameOf<T> = { [K in keyof OptionDraft]: OptionDraft[K] extends T ? K : never }[keyof OptionDraft];

function flag(long: string, name: NameOf<boolean>, short?: string): OptionRule {
  return rule(long, 'none', (draft, _value, on) => (draft[name] = on), short);
}

function text(long: string, name: NameOf<string | null>, short?: string): OptionRule {
  return rule(long, 'required', (draft, value, on) => (draft[name] = on ? value : null), short);
}

function rule(long: string, value: OptionRule['value'], set: OptionRule['set'], short?: string): OptionRule {
  return { long, value, negatable: true, set, ...(short === undefined ? {} : { short }) };
}

function addMessage(draft: OptionDraft, value: string | null, on: boolean): void {
  if (!on) {
    draft.message = null;
    return;
  }
  const before = draft.message ?? '';
  const joined = `${before === '' ? '' : `${before}\n`}${value ?? ''}`;
  draft.message = joined === '' || joined.endsWith('\n') ? joined : `${joined}\n`;
}

const ignore = (): void => undefined;
const forGit = (draft: OptionDraft): void => {
  draft.isForGit = true;
};
/** About the status that git prints when there is nothing to commit. */
const checkUntracked = (draft: OptionDraft, value: string | null): void => {
  if (!['no', 'normal', 'all', null].includes(value)) draft.isForGit = true;
};
const dryRun = (draft: OptionDraft, _value: string | null, on: boolean): void => {
  draft.dryRun = on;
  draft.isForGit = true;
};

export const commitOptionRules: readonly OptionRule[] = [
  flag('quiet', 'quiet', 'q'),
  rule('verbose', 'none', (draft, _value, on) => (draft.verbose = on), 'v'),
  text('file', 'file', 'F'),
  text('author', 'author'),
  text('date', 'date'),
  rule('message', 'required', addMessage, 'm'),
  rule('reedit-message', 'required', forGit, 'c'),
  text('reuse-message', 'reuse', 'C'),
  rule('fixup', 'required', forGit),
  rule('squash', 'required', forGit),
  flag('reset-author', 'resetAuthor'),
  {
    ...rule('trailer', 'required', (draft, value) => (draft.trailers = [...draft.trailers, value ?? ''])),
    negatable: false,
  },
  flag('signoff', 'signoff', 's'),
  rule('template', 'required', forGit, 't'),
  rule('edit', 'none', (draft, _value, on) => (draft.edit = on), 'e'),
  text('cleanup', 'cleanup'),
  rule('status', 'none', ignore),
  rule('gpg-sign', 'optional', (draft, _value, on) => (draft.gpgSign = on), 'S'),
  flag('all', 'all', 'a'),
  flag('include', 'include', 'i'),
  rule('interactive', 'none', forGit),
  rule('patch', 'none', forGit, 'p'),
  flag('only', 'only', 'o'),
  // About hooks: where there are any, git commits.
  rule('no-verify', 'none', ignore, 'n'),
  rule('dry-run', 'none', dryRun),
  rule('short', 'none', dryRun),
  rule('branch', 'none', ignore),
  rule('ahead-behind', 'none', ignore),
  rule('porcelain', 'none', dryRun),
  rule('long', 'none', dryRun),
  rule('null', 'none', dryRun, 'z'),
  flag('amend', 'amend'),
  rule('no-post-rewrite', 'none', ignore),
  rule('untracked-files', 'optional', checkUntracked, 'u'),
  // The file may be a pipe, which nobody could read again when git has to take over.
  rule('pathspec-from-file', 'required', forGit),
  rule('pathspec-file-nul', 'none', forGit),
  flag('allow-empty', 'allowEmpty'),
  flag('allow-empty-message', 'allowEmptyMessage'),
];

export function emptyDraft(): OptionDraft {
  return {
    message: null,
    file: null,
    reuse: null,
    author: null,
    date: null,
    resetAuthor: false,
    trailers: [],
    signoff: false,
    edit: null,
    cleanup: null,
    gpgSign: null,
    all: false,
    include: false,
    only: false,
    amend: false,
    quiet: false,
    verbose: null,
    allowEmpty: false,
    allowEmptyMessage: false,
    dryRun: false,
    isForGit: false,
    paths: [],
  };
}
