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

/** Whether a listed subcommand with these arguments writes no shared ref. */
export function isLocalForm(rule: CommandRule, args: readonly string[]): boolean {
  if (args.length === 1 && args[0] === '-h') return true;
  const local = rule.local;
  if (local === undefined) return false;

  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const hasWrite = options.some((arg) => matchesCluster(local.writes ?? [], arg));
  if (local.writes !== undefined && !hasWrite) return true;
  if (args[0] !== undefined && matches(local.first ?? [], args[0])) return true;
  const values = local.values ?? [];
  if (withoutValues(values, options).some((arg) => matches(local.any ?? [], arg))) return true;
  return (
    local.only !== undefined && withoutValues(values, args).every((arg) => matches(local.only ?? [], arg))
  );
}

function matches(patterns: readonly string[], arg: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? arg.startsWith(pattern.slice(0, -1)) : arg === pattern,
  );
}

function matchesCluster(patterns: readonly string[], arg: string): boolean {
  return (
    matches(patterns, arg) ||
    (isCluster(arg) && patterns.some((pattern) => isCluster(pattern) && arg.includes(pattern.charAt(1))))
  );
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
