/**
 * Forms of ref-writing commands that write no shared ref after all: they are the container's own business. What is not
 * recognised here counts as writing, which is the safe side.
 */
import type { Container } from '../commit/container';
import { end, outcome, type End } from '../commit/outcome';
import type { Invocation } from '../../shared/invocation';

/** What to do instead of asking for a ref to be moved; null: it would be moved. */
export async function findLocalForm(invocation: Invocation, container: Container): Promise<End | null> {
  const [command = '', ...args] = invocation.argv;
  const options = beforePaths(args);
  if (options.includes('--help') || options.includes('-h')) return runReal(invocation, invocation.argv);
  switch (command) {
    case 'reset':
      return findLocalReset(invocation, args, container);
    case 'symbolic-ref':
      return isLocalSymbolicRef(args) ? runReal(invocation, invocation.argv) : null;
    case 'stash':
      return args[0] === 'create' ? runReal(invocation, invocation.argv) : null;
    case 'branch':
      return options.some(isBranchSetting) ? runReal(invocation, invocation.argv) : null;
    default:
      return null;
  }
}

/** Settings of a branch lie in the agent's own configuration. */
function isBranchSetting(option: string): boolean {
  return /^(-u|--set-upstream-to(=.*)?|--unset-upstream|--edit-description)$/.test(option);
}

/** Reading any, or pointing HEAD, which is the agent's own, somewhere else. */
function isLocalSymbolicRef(args: readonly string[]): boolean {
  const names = args.filter((argument) => !argument.startsWith('-'));
  const isDeleting = args.some((argument) => argument === '-d' || argument.startsWith('--d'));
  const hasReason = args.some((argument) => argument.startsWith('-m'));
  return !isDeleting && !hasReason && (names.length === 1 || names[0] === 'HEAD');
}

/**
 * `git reset` with paths changes the index only; without, it is local when it stays at the commit where HEAD is
 * (git-reset(1)). Its own way would rewrite the branch with the value it has.
 */
async function findLocalReset(
  invocation: Invocation,
  args: readonly string[],
  container: Container,
): Promise<End | null> {
  const options = beforePaths(args).filter((argument) => argument.startsWith('-'));
  const names = beforePaths(args).filter((argument) => !argument.startsWith('-'));
  const hasPaths =
    args.length > beforePaths(args).length + 1 ||
    names.length > 1 ||
    options.some((option) => option.startsWith('--pathspec-from-file'));
  if (hasPaths) return runReal(invocation, invocation.argv);
  const [name = 'HEAD'] = names;
  const target = await resolve(container, name);
  // Not a commit: a path, or a mistake that git explains.
  if (target === null) return runReal(invocation, invocation.argv);
  if (target !== (await resolve(container, 'HEAD'))) return null;
  const isQuiet = options.some((option) => option === '-q' || option === '--quiet');
  const kinds = options.filter((option) => option !== '-q' && option !== '--quiet');
  if (kinds.length > 1) return null;
  switch (kinds[0] ?? '--mixed') {
    case '--soft':
      return end(0, '');
    case '--mixed':
      return runReal(invocation, ['reset', ...(isQuiet ? ['-q'] : []), '--', ':/']);
    case '--hard':
      return resetHard(invocation, container, isQuiet);
    default:
      return null;
  }
}

async function resetHard(invocation: Invocation, container: Container, isQuiet: boolean): Promise<End> {
  const read = await container.git(['read-tree', '--reset', '-u', 'HEAD']);
  if (read.exitCode !== 0) return end(128, read.stderr.toString('latin1'));
  if (isQuiet) return end(0, '');
  const format = '--format=HEAD is now at %h %s';
  return runReal(invocation, ['log', '--max-count=1', '--no-show-signature', '--no-color', format]);
}

async function resolve(container: Container, name: string): Promise<string | null> {
  const found = await container.git(['rev-parse', '-q', '--verify', `${name}^{commit}`]);
  return found.exitCode === 0 ? found.stdout.toString('latin1').trim() : null;
}

function beforePaths(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

function runReal(invocation: Invocation, args: readonly string[]): End {
  return { kind: 'end', outcome: outcome({ exec: [...invocation.globals, ...args] }) };
}
