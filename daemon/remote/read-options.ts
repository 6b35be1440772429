/** Reads the options of push, fetch, pull and ls-remote as git's parser does, for the forms that are supported. Pure. */

/** `value`: none, required (`--x v`, `--x=v`), or optional (`--x`, `--x=v`). */
export interface OptionRule {
  readonly long: string;
  readonly short?: string;
  readonly value?: 'required' | 'optional';
}

export type ReadOptions =
  | {
      readonly kind: 'read';
      /** The last value of each option by its long name; `true` when it has none. */
      readonly options: ReadonlyMap<string, string | true>;
      readonly rest: readonly string[];
    }
  | { readonly kind: 'unsupported'; readonly option: string };

/** `args` without the subcommand. Abbreviated long options are unsupported. */
export function readOptions(args: readonly string[], rules: readonly OptionRule[]): ReadOptions {
  const options = new Map<string, string | true>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    if (argument === '--' || argument === '--end-of-options') {
      return { kind: 'read', options, rest: [...rest, ...args.slice(at + 1)] };
    }
    if (!argument.startsWith('-') || argument === '-') {
      rest.push(argument);
      continue;
    }
    const found = argument.startsWith('--') ? [readLong(argument, rules)] : readShort(argument, rules);
    for (const option of found) {
      if (option === null) return { kind: 'unsupported', option: argument.split('=', 1)[0] ?? argument };
      const needsNext = option.rule.value === 'required' && option.value === null;
      const value = needsNext ? args[(at += 1)] : (option.value ?? true);
      if (value === undefined) return { kind: 'unsupported', option: argument };
      options.set(option.rule.long, value);
    }
  }
  return { kind: 'read', options, rest };
}

interface Found {
  readonly rule: OptionRule;
  readonly value: string | null;
}

function readLong(argument: string, rules: readonly OptionRule[]): Found | null {
  const equals = argument.indexOf('=');
  const name = argument.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? null : argument.slice(equals + 1);
  const rule = rules.find((candidate) => candidate.long === name);
  if (rule === undefined || (value !== null && rule.value === undefined)) return null;
  return { rule, value };
}

/** A cluster of options without values, such as `-fu`. */
function readShort(argument: string, rules: readonly OptionRule[]): readonly (Found | null)[] {
  return Array.from(argument.slice(1), (letter) => {
    const rule = rules.find((candidate) => candidate.short === letter);
    return rule === undefined || rule.value === 'required' ? null : { rule, value: null };
  });
}
