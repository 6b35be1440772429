/** The C table and the TypeScript rule are one rule. */
import { commandRules, knownCommands } from '../../../../shared/git-commands';
import { isUnhookedForm, wayOf } from '../../../../shared/git-way';
import { compile, feed } from './compile';
import { createRandom, type Random } from '../../../helpers/random';

const random = createRandom(1);

function generateArgument(patterns: readonly string[]): string {
  const others: [string, ...string[]] = [
    '--',
    'x',
    'HEAD',
    '-',
    '',
    '-q',
    '-h',
    '--help',
    '-m',
    '-am',
    '-qb',
    '-ft',
  ];
  const [first = '-v', ...rest] = patterns;
  const pattern = random.below(3) === 0 ? random.pick(others) : random.pick<string>([first, ...rest]);
  return random.below(4) === 0 ? pattern.slice(0, random.below(pattern.length + 1)) : pattern;
}

function generateCommand(pick: Random['pick']): readonly string[] {
  const [first = { name: '' }, ...rest] = commandRules;
  const rule: (typeof commandRules)[number] | { name: string; local?: undefined; unhooked?: undefined } =
    pick([first, ...rest]);
  const patterns = [
    ...Object.values(rule.local ?? {}).flat(),
    ...(rule.unhooked === undefined || rule.unhooked === 'always' ? [] : rule.unhooked),
  ];
  return [rule.name, ...Array.from({ length: random.below(5) }, () => generateArgument(patterns))];
}

test('the shim takes the same way as the rule in TypeScript for 20,000 generated command lines', () => {
  const generated = Array.from({ length: 20_000 }, () => generateCommand(random.pick));
  const commands = [...generated, ...knownCommands.map((name) => [name]), ['ci'], ['comit', '-m', 'x'], ['']];
  const program = compile('print-way.c', ['way.c']);

  const ways = feed(program, [], Buffer.from(commands.map((command) => `${command.join('\t')}\n`).join('')));

  const expected = commands.map(
    (command) => `${command.join(' ')}: ${wayOf(command)}${isUnhookedForm(command) ? ' unhooked' : ''}`,
  );
  expect(commands.map((command, index) => `${command.join(' ')}: ${ways[index] ?? ''}`)).toEqual(expected);
  expect(new Set(ways)).toEqual(
    new Set([
      'unknown',
      'commit',
      ...['local', 'branch', 'transaction', 'remote'].flatMap((way) => [way, `${way} unhooked`]),
    ]),
  );
});
