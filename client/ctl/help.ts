/** The help pages, made from the declarations alone. */
import type { Command } from './command';
import { findEntry, listGroup, listNextWords, type Catalogue } from './find-command';
import { globalOptionsOf, leadingOptions } from './global-options';
import { optionText, type Options, type PositionalSpec } from './option';

const program = 'gitisoctl';

/** The page of the whole program (no words) or of a group of commands like `agent`. */
export function groupHelp(catalogue: Catalogue, words: readonly string[]): string {
  const prefix = [program, ...words].join(' ');
  const rows = listGroup(catalogue, words).map((entry) => {
    const { command } = entry.load();
    return [entry.words.join(' '), command.summary] as const;
  });
  const sections = [`usage: ${prefix} COMMAND [ARGUMENTS] [OPTIONS]\n`];
  if (words.length === 0)
    sections.push('Watch over gitisod: its repositories, agents, commits and audit log.\n');
  sections.push(section('commands', rows), section('options', optionRows(leadingOptions)));
  sections.push(`${program} COMMAND --help explains one command.\n`);
  return sections.join('\n');
}

/** The page of one command. */
export function commandHelp(command: Command): string {
  const positionals = Object.values(command.positionals).map(
    (spec) => [spec.valueName, spec.summary] as const,
  );
  const sections = [
    `${usageLine(command)}\n`,
    `${capitalize(command.summary)}.\n`,
    command.details === '' ? '' : `${command.details}\n`,
    section('arguments', positionals),
    section('options', optionRows(command.options)),
    section('global options', optionRows(globalOptionsOf(command))),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

/** `usage: gitisoctl agent show ID [OPTIONS]`; the options stand before what is taken verbatim. */
export function usageLine(command: Command): string {
  const needed = Object.entries(command.options)
    .filter(([, spec]) => spec.isRequired)
    .map(([key, spec]) => `${optionText(key)} ${spec.valueName ?? ''}`);
  const positionals = Object.values(command.positionals);
  const verbatim = positionals.filter((spec) => spec.arity === 'verbatim');
  const others = positionals.filter((spec) => spec.arity !== 'verbatim').map(positionalText);
  const options = [...needed, '[OPTIONS]'];
  const isImmediate = verbatim.some((spec) => spec.isImmediate);
  const middle = isImmediate ? [...options, ...others] : [...others, ...options];
  return `usage: ${[program, ...command.words, ...middle, ...verbatim.map(positionalText)].join(' ')}`;
}

/** The page of a command or a group; null when these words are neither. */
export function helpFor(catalogue: Catalogue, words: readonly string[]): string | null {
  const entry = findEntry(catalogue, words);
  if (entry !== undefined) return commandHelp(entry.load().command);
  return listNextWords(catalogue, words).length === 0 ? null : groupHelp(catalogue, words);
}

function positionalText({ valueName, arity, isImmediate }: PositionalSpec<unknown>): string {
  switch (arity) {
    case 'one':
      return valueName;
    case 'optional':
      return `[${valueName}]`;
    case 'many':
      return `${valueName}...`;
    case 'any':
      return `[${valueName}...]`;
    case 'verbatim':
      return isImmediate ? `[--] ${valueName}...` : `-- ${valueName}...`;
  }
}

function optionRows(options: Options): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([key, spec]) => {
    const text = key === 'help' ? '-h, --help' : optionText(key);
    const name = spec.valueName === null ? text : `${text} ${spec.valueName}`;
    return [name, spec.isRepeatable ? `${spec.summary} (repeatable)` : spec.summary];
  });
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${title}:\n${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
