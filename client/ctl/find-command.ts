/** Finds the command that a command line calls; it loads no command's file. */
import type { Command } from './command';
import { leadingOptions } from './global-options';
import { findNearest } from './nearest';
import { isOption, splitOption } from './parse-arguments';
import { UsageError } from './usage-error';

export interface CommandEntry {
  /** The words that call it, like ['agent', 'create']. */
  readonly words: readonly string[];
  readonly load: () => { readonly command: Command };
  /** Can be called, but is neither listed nor completed. */
  readonly isHidden?: boolean;
}

/** All commands, in the order of the help page. */
export type Catalogue = readonly CommandEntry[];

export interface CommandLine {
  /** The words of the command or, without an entry, of a group of commands (none: the whole program). */
  readonly words: readonly string[];
  readonly entry: CommandEntry | null;
  /** All other words in their order: options that came early, then what followed the command. */
  readonly rest: readonly string[];
}

/** Throws UsageError with the nearest known command for words that are none. */
export function findCommand(catalogue: Catalogue, argv: readonly string[]): CommandLine {
  const words: string[] = [];
  const early: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (isOption(word)) {
      const option = splitOption(leadingOptions, word);
      early.push(word);
      const value = argv[index + 1];
      if (option.takesValue && option.value === undefined && value !== undefined) {
        early.push(value);
        index += 1;
      }
      continue;
    }
    const entry = findEntry(catalogue, [...words, word]);
    const choices = listNextWords(catalogue, words);
    if (entry === undefined && !choices.includes(word)) throw unknownCommand(words, word, choices);
    words.push(word);
    if (entry !== undefined) return { words, entry, rest: [...early, ...argv.slice(index + 1)] };
  }
  return { words, entry: null, rest: early };
}

/** The command with exactly these words. */
export function findEntry(catalogue: Catalogue, words: readonly string[]): CommandEntry | undefined {
  return catalogue.find((entry) => entry.words.length === words.length && startsWith(entry, words));
}

/** The commands that begin with these words. */
export function listGroup(catalogue: Catalogue, words: readonly string[]): Catalogue {
  return catalogue.filter((entry) => entry.isHidden !== true && startsWith(entry, words));
}

/** What may follow these words, each once, in the order of the help page. */
export function listNextWords(catalogue: Catalogue, words: readonly string[]): readonly string[] {
  const next = listGroup(catalogue, words).map((entry) => entry.words[words.length]);
  return [...new Set(next)].filter((word) => word !== undefined);
}

function startsWith(entry: CommandEntry, words: readonly string[]): boolean {
  return words.every((word, index) => entry.words[index] === word);
}

function unknownCommand(words: readonly string[], word: string, choices: readonly string[]): UsageError {
  const full = [...words, word].join(' ');
  const nearest = findNearest(word, choices);
  if (nearest !== null) {
    return new UsageError(`unknown command '${full}'`, `did you mean '${[...words, nearest].join(' ')}'?`);
  }
  return new UsageError(`unknown command '${full}'`, `known here: ${choices.join(', ')}`);
}
