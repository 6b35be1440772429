/** The command lines that are left to git because it refuses them are refused, and the others are not. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refused, understood } from '../../../unit/daemon/commit/option-lines';
import { tempDir } from '../../../helpers/temp-dir';
import { agentEnvironment, makeHome, runIn } from './twin-workspaces';

const root = tempDir();
const home = makeHome(root);
const git = runIn(root, home);

beforeAll(() => {
  git('init', '-q', '.');
  for (const name of ['x', 'y', 'z', 'file']) writeFileSync(join(root, name), 'text\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
});

function dryRun(args: readonly string[]): { exitCode: number | null; stderr: string } {
  const env = { ...agentEnvironment(home), GIT_OPTIONAL_LOCKS: '0' };
  const { status, stderr } = spawnSync('git', ['commit', '--dry-run', ...args], {
    cwd: root,
    env,
    encoding: 'latin1',
  });
  return { exitCode: status, stderr };
}

/** git would look for commits, people or paths of these names, or ask people what to commit. */
const isAboutMore = (args: readonly string[]): boolean =>
  args.some((argument) =>
    /^(-p|--interactive|--au=x|--pathspec-from-file=x|-|--end-of-options|no|--no-dry-run)$/.test(argument),
  ) || args.join(' ') === '-m x -- -m y';

const plain = understood.map(([args]) => args).filter((args) => !isAboutMore(args));

test.each(plain.map((args) => [args.join(' '), args] as const))('git understands: %s', (_line, args) => {
  const { exitCode, stderr } = dryRun(args);
  expect(stderr).toBe('');
  expect([0, 1]).toContain(exitCode);
});

test.each(refused.map((args) => [args.join(' '), args] as const))('git refuses: %s', (_line, args) => {
  expect(dryRun(args).exitCode).toBeGreaterThanOrEqual(128);
});
