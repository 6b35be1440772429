/**
 * Which way a git command line takes: the rule of `shared/git-commands.ts`, read in TypeScript. The shim reads
 * the same table in C (`client/shim/way.c`); a test compares the two. It must never know more than the table.
 */
import { commandRules, knownCommands, type CommandRule, type Way } from './git-commands';

/** The way of a subcommand with its arguments, after aliases; 'unknown': an alias, an external command or a typo. */
export function wayOf(argv: readonly string[]): Way | 'local' | 'unknown' {
  const [name, ...args] = argv;
  const rule = commandRules.find((candidate) => candidate.name === name);
  if (rule !== undefined) return isLocalForm(rule, args) ? 'local' : rule.way;
  return name !== undefined && knownCommands.includes(name) ? 'local' : 'unknown';
}

/** Whether a command line may write a ref without git's hook saying so. */
export function isUnhookedForm(argv: readonly string[]): boolean {
  const [name, ...args] = argv;
  const unhooked = commandRules.find((rule) => rule.name === name)?.unhooked ?? [];
  if (unhooked === 'always') return true;
  return beforeDashes(args).some((arg) =>
    isCluster(arg)
      ? unhooked.some((option) => isCluster(option) && arg.includes(option.charAt(1)))
      : arg.length > 2 && unhooked.some((option) => option.startsWith(arg)),
  );
}

function isLocalForm(rule: CommandRule, args: readonly string[]): boolean {
  if (args.length === 1 && args[0] === '-h') return true;
  const { any = [], values = [] } = rule.local ?? {};
  return withoutValues(values, beforeDashes(args)).some((arg) => any.includes(arg));
}

function beforeDashes(args: readonly string[]): readonly string[] {
  return args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
}

function withoutValues(values: readonly string[], args: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    kept.push(arg);
    if (values.includes(arg) || (isCluster(arg) && values.includes(`-${arg.slice(-1)}`))) at++;
  }
  return kept;
}

/** One dash and letters: `-qb`. */
function isCluster(arg: string): boolean {
  return arg.length > 1 && arg.startsWith('-') && !arg.startsWith('--');
}
