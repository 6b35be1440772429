/** Works out what may stand at the cursor, from the declarations; the daemon is asked through `lookup` alone. */
import type { Command } from './command';
import { findEntry, listGroup, listNextWords, type Catalogue } from './find-command';
import { allOptionsOf, leadingOptions } from './global-options';
import { optionText, type Completion, type Options, type OptionSpec } from './option';
import { isOption } from './parse-arguments';

export interface Candidate {
  readonly value: string;
  /** For shells that show one; may be empty. */
  readonly summary: string;
}

export interface Completed {
  /** files, directories: the shell completes these itself. */
  readonly directive: 'words' | 'files' | 'directories';
  readonly candidates: readonly Candidate[];
}

/** Ids of existing agents or repositories; empty when the daemon does not answer in time. */
export type Lookup = (kind: 'agent' | 'repo') => Promise<readonly Candidate[]>;

const nothing: Completed = { directive: 'words', candidates: [] };

/** `words` are those before the cursor without the program's name, `current` is what was typed of the next one. */
export async function completeWords(
  catalogue: Catalogue,
  words: readonly string[],
  current: string,
  lookup: Lookup,
): Promise<Completed> {
  const list = (completion: Completion, taken: readonly string[]): Promise<Completed> =>
    listValues(completion, taken, catalogue, lookup);
  const place = findPlace(catalogue, words);
  if (place.pending !== null) return filterByPrefix(await list(place.pending, []), current);
  if (place.isVerbatim) return nothing;
  if (isOption(current) || current === '-') return completeOption(place, current, list);
  if (place.command === null) return filterByPrefix(listWords(catalogue, place.commandWords), current);
  const specs = Object.values(place.command.positionals);
  const last = specs.at(-1);
  const isOpenEnded = last?.arity === 'many' || last?.arity === 'any';
  const spec = specs[place.positionals.length] ?? (isOpenEnded ? last : undefined);
  if (spec === undefined) return nothing;
  return filterByPrefix(await list(spec.completion, place.positionals), current);
}

interface Place {
  readonly command: Command | null;
  readonly commandWords: readonly string[];
  readonly options: Options;
  readonly given: ReadonlySet<string>;
  readonly positionals: readonly string[];
  /** What the value of the option before the cursor is. */
  readonly pending: Completion | null;
  /** The cursor is in another program's command line, or after words that make no sense. */
  readonly isVerbatim: boolean;
}

function findPlace(catalogue: Catalogue, words: readonly string[]): Place {
  let command: Command | null = null;
  let options: Options = leadingOptions;
  let pending: Completion | null = null;
  const commandWords: string[] = [];
  const positionals: string[] = [];
  const given = new Set<string>();
  const place = (isVerbatim: boolean): Place => ({
    command,
    commandWords,
    options,
    given,
    positionals,
    pending,
    isVerbatim,
  });
  for (const word of words) {
    if (pending !== null) {
      pending = null;
    } else if (word === '--') {
      return place(true);
    } else if (isOption(word)) {
      const [text = ''] = word.split('=', 1);
      given.add(text);
      const spec = findOption(options, text);
      if (spec !== undefined && spec.valueName !== null && !word.includes('=')) pending = spec.completion;
    } else if (command === null) {
      commandWords.push(word);
      command = findEntry(catalogue, commandWords)?.load().command ?? null;
      if (command === null && listNextWords(catalogue, commandWords).length === 0) return place(true);
      if (command !== null) options = allOptionsOf(command);
    } else {
      positionals.push(word);
    }
    if (command !== null && isInVerbatim(command, positionals)) return place(true);
  }
  return place(false);
}

function isInVerbatim(command: Command, positionals: readonly string[]): boolean {
  const specs = Object.values(command.positionals);
  const index = specs.findIndex((spec) => spec.arity === 'verbatim');
  if (index < 0) return false;
  return positionals.length > index || (positionals.length === index && specs[index]?.isImmediate === true);
}

async function completeOption(
  place: Place,
  current: string,
  list: (completion: Completion, taken: readonly string[]) => Promise<Completed>,
): Promise<Completed> {
  const equals = current.indexOf('=');
  if (equals >= 0) {
    const name = current.slice(0, equals);
    const completion = findOption(place.options, name)?.completion ?? 'none';
    const { directive, candidates } = await list(completion, []);
    const prefixed = candidates.map(({ value, summary }) => ({ value: `${name}=${value}`, summary }));
    return filterByPrefix({ directive, candidates: prefixed }, current);
  }
  const candidates = Object.entries(place.options)
    .filter(([key, spec]) => spec.isRepeatable || !place.given.has(optionText(key)))
    .map(([key, spec]) => ({ value: optionText(key), summary: spec.summary }));
  return filterByPrefix({ directive: 'words', candidates }, current);
}

async function listValues(
  completion: Completion,
  taken: readonly string[],
  catalogue: Catalogue,
  lookup: Lookup,
): Promise<Completed> {
  if (typeof completion !== 'string') return words(completion.map((value) => ({ value, summary: '' })));
  switch (completion) {
    case 'none':
      return nothing;
    case 'file':
      return { directive: 'files', candidates: [] };
    case 'directory':
      return { directive: 'directories', candidates: [] };
    case 'command':
      return listWords(catalogue, taken);
    case 'agent':
    case 'repo':
      return words((await lookup(completion)).filter(({ value }) => !taken.includes(value)));
  }
}

/** The commands or groups of commands that may follow these words. */
function listWords(catalogue: Catalogue, commandWords: readonly string[]): Completed {
  const candidates = listNextWords(catalogue, commandWords).map((value) => {
    const path = [...commandWords, value];
    const entry = findEntry(catalogue, path);
    const summary =
      entry?.load().command.summary ??
      listGroup(catalogue, path)
        .map((one) => one.words.at(-1))
        .join(', ');
    return { value, summary };
  });
  return words(candidates);
}

function words(candidates: readonly Candidate[]): Completed {
  return { directive: 'words', candidates };
}

function filterByPrefix({ directive, candidates }: Completed, prefix: string): Completed {
  return { directive, candidates: candidates.filter(({ value }) => value.startsWith(prefix)) };
}

function findOption(options: Options, text: string): OptionSpec<unknown> | undefined {
  return Object.entries(options).find(([key]) => optionText(key) === text)?.[1];
}
