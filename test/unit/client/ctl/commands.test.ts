import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../../client/ctl/commands';
import { exitOfReason } from '../../../../client/ctl/explain-error';
import { allOptionsOf, leadingOptions } from '../../../../client/ctl/global-options';
import { commandHelp, groupHelp, usageLine } from '../../../../client/ctl/help';
import { optionText } from '../../../../client/ctl/option';
import { errorCatalogue } from '../../../../shared/errors';
import { methods } from '../../../../shared/methods';

const root = join(__dirname, '../../../..');
const loaded = commands.map((entry) => ({ ...entry, command: entry.load().command }));
const visible = loaded.filter(({ isHidden }) => isHidden !== true);

describe('the list of commands', () => {
  test('calls each command by the words it declares', () => {
    for (const { words, command } of loaded) expect(command.words).toEqual(words);
  });

  test('has every file of the folder', () => {
    const files = readdirSync(join(root, 'client/ctl/commands')).map((file) => file.replace(/\.ts$/, ''));
    const stems = loaded.map(({ words }) => words.join('-').replace(/^__/, ''));
    expect(files.sort()).toEqual(stems.sort());
  });

  test('has summaries of one line, in one style', () => {
    for (const { command } of loaded) expect(command.summary).toMatch(/^[a-z][^\n]*[^.\n]$/);
  });

  test('reaches every method of administrators', () => {
    const sources = visible
      .map(({ words }) => readFileSync(join(root, `client/ctl/commands/${words.join('-')}.ts`), 'utf8'))
      .concat(readFileSync(join(root, 'client/ctl/run-in-agent.ts'), 'utf8'))
      .join('\n');
    const missing = Object.values(methods)
      .filter(({ caller }) => caller !== 'agent')
      .map(({ name }) => name)
      .filter((name) => !sources.includes(`'${name}'`));
    // The handshake and the end of a subscription belong to longer connections than a command has.
    expect(missing).toEqual(['initialize', 'events.unsubscribe']);
  });
});

describe('the help pages', () => {
  test('are as recorded', () => {
    const pages = [
      groupHelp(commands, []),
      groupHelp(commands, ['agent']),
      ...visible.map(({ command }) => commandHelp(command)),
    ];
    expect(pages.join('\n----\n')).toMatchSnapshot();
  });

  test('fit 110 columns', () => {
    for (const { command } of visible) {
      const tooLong = commandHelp(command)
        .split('\n')
        .filter((line) => line.length > 110);
      expect(tooLong).toEqual([]);
    }
  });
});

describe('docs/gitisoctl.md', () => {
  const page = readFileSync(join(root, 'docs/gitisoctl.md'), 'utf8');
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((text) => [/^`gitisoctl ([^`]+)`/.exec(text)?.[1] ?? '', text.split(/^## /m)[0] ?? ''] as const),
  );

  test('has one section for each command and no other', () => {
    expect([...sections.keys()]).toEqual(visible.map(({ words }) => words.join(' ')));
  });

  test('shows the usage, summary and every option of each command, and no other option', () => {
    for (const { words, command } of visible) {
      const section = sections.get(words.join(' ')) ?? '';
      expect(section).toContain(usageLine(command).replace('usage: ', ''));
      const documented = [...section.matchAll(/^\| `(--[a-z-]+)[^`]*` \|/gm)].map(([, option]) => option);
      expect(documented).toEqual(Object.keys(command.options).map(optionText));
      const ours = section.replace(/^ {4}gitisoctl agent git .*$/gm, '');
      for (const option of ours.match(/--[a-z][a-z-]+/g) ?? []) {
        expect(Object.keys(allOptionsOf(command)).map(optionText)).toContain(option);
      }
    }
  });

  test('explains the global options', () => {
    for (const key of Object.keys(leadingOptions)) expect(page).toContain(optionText(key));
  });

  test('lists each exit code of the error catalogue with its reasons', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| ([^|]*) \|/gm)];
    const documented = new Map(rows.map(([, exit, reasons]) => [Number(exit), reasons ?? '']));
    for (const [reason, { exit }] of Object.entries(errorCatalogue)) {
      expect(documented.get(exit) ?? `exit code ${exit} is not documented`).toContain(`\`${reason}\``);
    }
    for (const [exit, reasons] of documented) {
      for (const [, reason = ''] of reasons.matchAll(/`([a-z-]+)`/g))
        expect([reason, exitOfReason(reason)]).toEqual([reason, exit]);
    }
  });
});
