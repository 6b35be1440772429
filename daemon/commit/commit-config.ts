/**
 * The part of an agent's own git configuration that the commands look at which the daemon carries out itself: `git commit` and
 * `git branch`. It is the agent's wish, never a permission.
 */
import type { TrailerRules } from './sign-off';

/** Strings are bytes, one per character; null: not set. */
export interface CommitConfig {
  readonly user: ConfiguredPerson;
  readonly author: ConfiguredPerson;
  readonly committer: ConfiguredPerson;
  readonly cleanup: string | null;
  /** `core.commentChar`, or newer git's `core.commentString`, is set to anything but the default. */
  readonly hasOwnComments: boolean;
  readonly hooksPath: string | null;
  readonly commitEncoding: string | null;
  readonly diffAlgorithm: string | null;
  /** Digits of abbreviated ids; null: automatic. */
  readonly abbrev: number | null;
  readonly verbose: boolean;
  readonly gpgSign: boolean;
  /** `notes.rewriteRef`: notes follow an amended commit. */
  readonly isRewritingNotes: boolean;
  /** Whether logs are written: `core.logAllRefUpdates` is not false. */
  readonly isLogging: boolean;
  readonly trailers: TrailerRules;
  /** Branches with settings of their own (`branch.<name>.…`); null: more than are worth keeping. */
  readonly configuredBranches: readonly string[] | null;
  /** A branch made from another one of the repository may get an upstream, or branches of submodules beside it. */
  readonly branchesHaveMore: boolean;
  /** Other files are included, so that the shim's stamp does not tell when it changes. */
  readonly hasIncludes: boolean;
}

interface ConfiguredPerson {
  readonly name: string | null;
  readonly email: string | null;
}

/** Whether hooks lie where the shim does not look for them. */
export function hasHooksElsewhere({ hooksPath }: CommitConfig): boolean {
  return ![null, '', '/dev/null'].includes(hooksPath);
}

/** Bounds of what an agent's configuration can make the search for trailers cost. */
const mostSeparators = 32;
const mostTrailers = 64;
const longestTrailer = 64;
const mostBranches = 16;
/** Values of branch.autoSetupMerge that concern branches of remotes alone. */
const tracksRemotesOnly = ['true', 'false', 'simple'];

/** Reads `git config --list -z`: `key\nvalue\0`, or `key\0` for a key without a value. Later ones win. */
export function parseCommitConfig(output: string): CommitConfig {
  const values = new Map<string, string | null>();
  const trailerNames = new Set<string>();
  let hasIncludes = false;
  let fetches = false;
  for (const entry of output.split('\0')) {
    const newline = entry.indexOf('\n');
    const key = newline < 0 ? entry : entry.slice(0, newline);
    const value = newline < 0 ? null : entry.slice(newline + 1);
    if (key === '') continue;
    values.set(key, value);
    hasIncludes ||= key === 'include.path' || key.startsWith('includeif.');
    fetches ||= /^remote\..*\.fetch$/s.test(key) && !isForRemotesOnly(value ?? '');
    if (!key.startsWith('trailer.')) continue;
    const [, name, ...rest] = key.split('.');
    if (name !== undefined && rest.length > 0) trailerNames.add(name);
    if (key.endsWith('.key') && value !== null) trailerNames.add(value);
  }
  const text = (key: string): string | null => values.get(key) ?? null;
  const isTrue = (key: string): boolean => values.has(key) && readBoolean(text(key));
  return {
    user: { name: text('user.name'), email: text('user.email') },
    author: { name: text('author.name'), email: text('author.email') },
    committer: { name: text('committer.name'), email: text('committer.email') },
    cleanup: text('commit.cleanup'),
    hasOwnComments: ['core.commentchar', 'core.commentstring'].some((key) => (text(key) ?? '#') !== '#'),
    hooksPath: text('core.hookspath'),
    commitEncoding: text('i18n.commitencoding'),
    diffAlgorithm: text('diff.algorithm'),
    abbrev: readAbbrev(text('core.abbrev')),
    verbose: isTrue('commit.verbose'),
    gpgSign: isTrue('commit.gpgsign'),
    isRewritingNotes: values.has('notes.rewriteref'),
    isLogging: !values.has('core.logallrefupdates') || isTrue('core.logallrefupdates'),
    trailers: {
      separators: (text('trailer.separators') ?? ':').slice(0, mostSeparators),
      names: [...trailerNames].filter((name) => name.length <= longestTrailer).slice(0, mostTrailers),
    },
    configuredBranches: findBranches([...values.keys()]),
    branchesHaveMore:
      fetches ||
      isTrue('submodule.propagatebranches') ||
      !tracksRemotesOnly.includes(text('branch.autosetupmerge') ?? 'true'),
    hasIncludes,
  };
}

/** Whether a refspec fetches into nothing, or into what no branch of the repository is. */
function isForRemotesOnly(refspec: string): boolean {
  const [, destination = ''] = refspec.split(':');
  return destination === '' || /^refs\/(remotes|tags)\//.test(destination);
}

/** null: too many. */
function findBranches(keys: readonly string[]): readonly string[] | null {
  const names = new Set(keys.flatMap((key) => /^branch\.(.+)\.[^.]+$/s.exec(key)?.slice(1, 2) ?? []));
  return names.size > mostBranches ? null : [...names];
}

/** git-config(1): no value is true, the empty value false; `always` of core.logAllRefUpdates counts as true. */
function readBoolean(value: string | null): boolean {
  if (value === null) return true;
  const isNumber = /^[+-]?\d{1,15}$/.test(value);
  return isNumber ? Number(value) !== 0 : !['', 'false', 'no', 'off'].includes(value.toLowerCase());
}

function readAbbrev(value: string | null): number | null {
  if (value === null || value.toLowerCase() === 'auto') return null;
  if (/^\d{1,2}$/.test(value)) return Math.min(40, Math.max(4, Number(value)));
  return readBoolean(value) ? null : 40;
}
