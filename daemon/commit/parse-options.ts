/**
 * Reads the arguments of `git commit` as git's own option parser does (api-parse-options). Whatever it does not
 * understand is 'unclear': then it is git's turn, and this never guesses.
 */
import { cleanupMode } from './clean-message';
import {
  commitOptionRules,
  emptyDraft,
  type CommitOptions,
  type OptionDraft,
  type OptionRule,
} from './commit-options';

export type ParsedOptions =
  /** `end` is the index of the `--` that ended the options, or the number of arguments. */
  | { readonly kind: 'options'; readonly options: CommitOptions; readonly end: number }
  | { readonly kind: 'unclear' };

interface Spelling {
  readonly rule: OptionRule;
  readonly on: boolean;
}

const unclear = { kind: 'unclear' } as const;
const shortRules = new Map(commitOptionRules.map((rule) => [rule.short, rule]));
const spellings = makeSpellings();

/** `args` without the subcommand's name. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const draft = emptyDraft();
  const paths: string[] = [];
  const trailers: string[] = [];
  let at = 0;
  for (; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--' || argument === '--end-of-options') break;
    if (argument === '-' || !argument.startsWith('-')) {
      paths.push(argument);
      continue;
    }
    const used = argument.startsWith('--')
      ? readLong(draft, argument.slice(2), args[at + 1])
      : readCluster(draft, argument.slice(1), args[at + 1]);
    if (used === null) return unclear;
    // A list that grows by copying would be quadratic in the number of --trailer.
    trailers.push(...draft.trailers);
    draft.trailers = [];
    at += used;
  }
  const options = { ...draft, trailers, paths: [...paths, ...args.slice(at + 1)] };
  const isForGit = options.isForGit || isContradictory(options);
  return { kind: 'options', options: { ...options, isForGit }, end: at };
}

/** Returns how many further arguments were used, or null. */
function readLong(draft: OptionDraft, text: string, next: string | undefined): 0 | 1 | null {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const given = equals < 0 ? null : text.slice(equals + 1);
  const found = spellings.get(name) ?? findAbbreviated(name);
  if (found === null) return null;
  const { rule, on } = found;
  if (rule.value === 'none' || !on) {
    if (given !== null) return null;
    rule.set(draft, null, on);
    return 0;
  }
  if (given !== null || rule.value === 'optional') {
    rule.set(draft, given, true);
    return 0;
  }
  if (next === undefined) return null;
  rule.set(draft, next, true);
  return 1;
}

function readCluster(draft: OptionDraft, letters: string, next: string | undefined): 0 | 1 | null {
  for (let at = 0; at < letters.length; at += 1) {
    const rule = shortRules.get(letters[at]);
    if (rule === undefined) return null;
    if (rule.value === 'none') {
      rule.set(draft, null, true);
      continue;
    }
    const rest = letters.slice(at + 1);
    if (rest !== '' || rule.value === 'optional') {
      rule.set(draft, rest === '' ? null : rest, true);
      return 0;
    }
    if (next === undefined) return null;
    rule.set(draft, next, true);
    return 1;
  }
  return 0;
}

/** The one option that the prefix can mean; null when there is none or several. */
function findAbbreviated(prefix: string): Spelling | null {
  let found: Spelling | null = null;
  for (const [name, spelling] of spellings) {
    if (!name.startsWith(prefix)) continue;
    if (found !== null) return null;
    found = spelling;
  }
  return found;
}

function makeSpellings(): ReadonlyMap<string, Spelling> {
  const result = new Map<string, Spelling>();
  for (const rule of commitOptionRules) {
    result.set(rule.long, { rule, on: true });
    if (!rule.negatable) continue;
    result.set(`no-${rule.long}`, { rule, on: false });
    if (rule.long.startsWith('no-')) result.set(rule.long.slice(3), { rule, on: false });
  }
  return result;
}

/** Combinations that git refuses before it does anything (builtin/commit.c: parse_and_validate_options). */
function isContradictory(options: CommitOptions): boolean {
  const { include, only, all, author, resetAuthor, reuse, file, message, amend } = options;
  const sources = [reuse, file, message].filter((source) => source !== null);
  return (
    sources.length > 1 ||
    (resetAuthor && (author !== null || (reuse === null && !amend))) ||
    Number(include) + Number(only) + Number(all) > 1 ||
    isPathContradiction(options) ||
    cleanupMode(options.cleanup) === null
  );
}

function isPathContradiction({ paths, all, include, only, allowEmpty, amend }: CommitOptions): boolean {
  if (paths.length > 0) return all;
  return include || (only && !allowEmpty && !amend);
}
