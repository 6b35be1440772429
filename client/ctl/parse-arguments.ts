/** Turns the words after a command into values, by the command's declaration; it never guesses at an unknown option. */
import { findNearest } from './nearest';
import { optionText, type Options, type OptionSpec, type Positionals, type PositionalSpec } from './option';
import { UsageError } from './usage-error';

/** The words, sorted but not yet turned into values. */
export interface ParsedArguments {
  /** By the option's key in the declaration. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
}

export interface ArgumentShape {
  readonly options: Options;
  readonly positionals: Positionals;
}

export type ValuesOf<S> = {
  readonly [K in keyof S]: S[K] extends OptionSpec<infer T>
    ? T
    : S[K] extends PositionalSpec<infer U>
      ? U
      : never;
};

/** Sorts words into options and positionals. Throws UsageError for an unknown option or a value that is missing. */
export function parseArguments(shape: ArgumentShape, words: readonly string[]): ParsedArguments {
  const options = new Map<string, string[]>();
  const positionals: string[] = [];
  const verbatim = findVerbatim(shape.positionals);
  let index = 0;
  while (index < words.length) {
    if (verbatim?.isImmediate && positionals.length === verbatim.index) break;
    const word = words[index] ?? '';
    if (word === '--' || (!isOption(word) && positionals.length === verbatim?.index)) break;
    index += 1;
    if (!isOption(word)) {
      positionals.push(word);
      continue;
    }
    const option = splitOption(shape.options, word);
    const value = option.value ?? (option.takesValue ? words[index++] : '');
    if (value === undefined)
      throw new UsageError(`${option.text} needs a value: ${option.text} ${option.valueName}`);
    options.set(option.key, [...(options.get(option.key) ?? []), value]);
  }
  const untouched = words.slice(index);
  positionals.push(...(untouched[0] === '--' ? untouched.slice(1) : untouched));
  return { options, positionals };
}

/** Values by declared name. Throws UsageError that names the option or positional and what it should be. */
export function bindArguments<P extends Positionals, O extends Options>(
  shape: { readonly positionals: P; readonly options: O },
  parsed: ParsedArguments,
): ValuesOf<P> & ValuesOf<O> {
  const values: Record<string, unknown> = {};
  let left = parsed.positionals;
  for (const [key, spec] of Object.entries(shape.positionals)) {
    const isSingle = spec.arity === 'one' || spec.arity === 'optional';
    const taken = isSingle ? left.slice(0, 1) : left;
    left = left.slice(taken.length);
    if (taken.length === 0 && spec.arity !== 'optional' && spec.arity !== 'any') {
      throw new UsageError(`${spec.valueName} is missing: ${spec.summary}`);
    }
    values[key] = spec.parse(taken);
  }
  if (left[0] !== undefined) throw new UsageError(`unexpected argument '${left[0]}'`);
  for (const [key, spec] of Object.entries(shape.options)) {
    const texts = parsed.options.get(key) ?? [];
    if (spec.isRequired && texts.length === 0) {
      throw new UsageError(`${optionText(key)} ${spec.valueName ?? ''} is missing: ${spec.summary}`);
    }
    values[key] = parseNamed(optionText(key), () => spec.parse(texts));
  }
  return values as ValuesOf<P> & ValuesOf<O>;
}

export function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

interface SplitOption {
  readonly key: string;
  readonly text: string;
  readonly takesValue: boolean;
  readonly valueName: string;
  readonly value: string | undefined;
}

/** Finds the declared option of `--name`, `--name=value` or `-h`. */
export function splitOption(options: Options, word: string): SplitOption {
  const equals = word.indexOf('=');
  const text = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const wanted = text === '-h' ? '--help' : text;
  const [key, spec] = Object.entries(options).find(([name]) => optionText(name) === wanted) ?? [];
  if (key === undefined || spec === undefined) throw unknownOption(options, text);
  const takesValue = spec.valueName !== null;
  if (!takesValue && value !== undefined) throw new UsageError(`${text} takes no value`);
  return { key, text, takesValue, valueName: spec.valueName ?? '', value };
}

function unknownOption(options: Options, text: string): UsageError {
  const nearest = findNearest(text, Object.keys(options).map(optionText));
  return new UsageError(`unknown option '${text}'`, nearest === null ? null : `did you mean ${nearest}?`);
}

function findVerbatim(
  positionals: Positionals,
): { readonly index: number; readonly isImmediate: boolean } | null {
  const specs = Object.values(positionals);
  const index = specs.findIndex((spec) => spec.arity === 'verbatim');
  return index < 0 ? null : { index, isImmediate: specs[index]?.isImmediate ?? false };
}

function parseNamed(name: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${name}: ${error.message}`, error.hint);
    throw error;
  }
}
