/**
 * How a command declares its options and positionals. Parsing, help and completion are all derived from these
 * objects; nothing else may describe an option.
 */
import { UsageError } from './usage-error';

/** What may stand in a place on the command line, as far as the shell can help with it. */
export type Completion = 'none' | 'agent' | 'repo' | 'file' | 'directory' | 'command' | readonly string[];

export interface OptionSpec<T> {
  readonly summary: string;
  /** null: a switch, which takes no value. */
  readonly valueName: string | null;
  readonly isRepeatable: boolean;
  readonly isRequired: boolean;
  readonly completion: Completion;
  /** From all values that were given, in order (a switch gives one empty text each time). Throws UsageError. */
  readonly parse: (texts: readonly string[]) => T;
}

export interface PositionalSpec<T> {
  readonly summary: string;
  readonly valueName: string;
  /** verbatim: one or more, everything from there on is taken as it is, options too. */
  readonly arity: 'one' | 'optional' | 'many' | 'any' | 'verbatim';
  /** verbatim only: already the next word is taken as it is, so that options after it are not ours. */
  readonly isImmediate: boolean;
  readonly completion: Completion;
  readonly parse: (texts: readonly string[]) => T;
}

export type Options = Readonly<Record<string, OptionSpec<unknown>>>;
/** In the order in which they stand on the command line. */
export type Positionals = Readonly<Record<string, PositionalSpec<unknown>>>;

/** Turns one text into a value; throws UsageError with lower-case facts, without the option's name. */
export type ParseText<T> = (text: string) => T;

const asText: ParseText<string> = (text) => text;

/** A switch: true when it was given. */
export function flag(summary: string): OptionSpec<boolean> {
  return {
    summary,
    valueName: null,
    isRepeatable: false,
    isRequired: false,
    completion: 'none',
    parse: (texts) => texts.length > 0,
  };
}

/** An option with a value; the last one counts. */
export function optional(
  valueName: string,
  summary: string,
  completion?: Completion,
): OptionSpec<string | undefined>;
export function optional<T>(
  valueName: string,
  summary: string,
  completion: Completion,
  parse: ParseText<T>,
): OptionSpec<T | undefined>;
export function optional(
  valueName: string,
  summary: string,
  completion: Completion = 'none',
  parse: ParseText<unknown> = asText,
): OptionSpec<unknown> {
  return {
    summary,
    valueName,
    isRepeatable: false,
    isRequired: false,
    completion,
    parse: (texts) => parseLast(texts, parse),
  };
}

/** An option that must be given. */
export function required(
  valueName: string,
  summary: string,
  completion: Completion = 'none',
): OptionSpec<string> {
  return {
    summary,
    valueName,
    isRepeatable: false,
    isRequired: true,
    completion,
    parse: (texts) => texts.at(-1) ?? '',
  };
}

/** An option that may be given several times. */
export function repeatable<T>(
  valueName: string,
  summary: string,
  completion: Completion,
  parse: ParseText<T>,
): OptionSpec<readonly T[]> {
  return {
    summary,
    valueName,
    isRepeatable: true,
    isRequired: false,
    completion,
    parse: (texts) => texts.map(parse),
  };
}

/** One positional that must be there. */
export function one(valueName: string, summary: string, completion?: Completion): PositionalSpec<string>;
export function one<T>(
  valueName: string,
  summary: string,
  completion: Completion,
  parse: ParseText<T>,
): PositionalSpec<T>;
export function one(
  valueName: string,
  summary: string,
  completion: Completion = 'none',
  parse: ParseText<unknown> = asText,
): PositionalSpec<unknown> {
  return {
    summary,
    valueName,
    arity: 'one',
    isImmediate: false,
    completion,
    parse: (texts) => parse(texts[0] ?? ''),
  };
}

/** The last positional, which may be left out. */
export function maybe(
  valueName: string,
  summary: string,
  completion: Completion = 'none',
): PositionalSpec<string | undefined> {
  return {
    summary,
    valueName,
    arity: 'optional',
    isImmediate: false,
    completion,
    parse: (texts) => texts[0],
  };
}

/** The rest of the positionals: `many` wants at least one of them. */
export function rest(
  arity: 'many' | 'any',
  valueName: string,
  summary: string,
  completion: Completion = 'none',
): PositionalSpec<readonly string[]> {
  return { summary, valueName, arity, isImmediate: false, completion, parse: (texts) => texts };
}

/** Another program's command line, taken as it is; a `--` in front of it is dropped. */
export function verbatim(
  valueName: string,
  summary: string,
  start: 'immediate' | 'after-options',
): PositionalSpec<readonly string[]> {
  return {
    summary,
    valueName,
    arity: 'verbatim',
    isImmediate: start === 'immediate',
    completion: 'none',
    parse: (texts) => texts,
  };
}

/** A parser that takes one of a few words. */
export function oneOf<T extends string>(known: readonly T[]): ParseText<T> {
  return (text) => {
    const found = known.find((word) => word === text);
    if (found === undefined) throw new UsageError(`not one of ${known.join(', ')}: '${text}'`);
    return found;
  };
}

/** `shareAuth` is written `--share-auth`. */
export function optionText(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function parseLast(texts: readonly string[], parse: ParseText<unknown>): unknown {
  const last = texts.at(-1);
  return last === undefined ? undefined : parse(last);
}
