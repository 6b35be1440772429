/** Commands that may write refs: the forms that write none stay local, the others are refused. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createContainer } from '../../../../daemon/commit/container';
import { transactionRunHandler } from '../../../../daemon/methods/transaction-run';
import { findLocalForm } from '../../../../daemon/transaction/local-form';
import { createShim, type Printed } from './scripted-shim';
import { provideTwins } from './test-same-as-git';
import { agentEnvironment, runIn, type Twins } from './twin-workspaces';

const provide = provideTwins();

async function run(twins: Twins, argv: readonly string[]): Promise<Printed | null> {
  const shim = createShim(twins.managed, twins.home, { args: [] });
  const invocation = { ...shim.invocation, argv: [...argv] };
  const form = await findLocalForm(invocation, createContainer(shim.peer, invocation));
  return form === null ? null : shim.carryOut(form.outcome);
}

describe('a command that stays in the container', () => {
  test.each(
    [
      ['reset'],
      ['reset', '-q'],
      ['reset', 'HEAD'],
      ['reset', '--mixed', 'HEAD'],
      ['reset', 'a.txt'],
      ['reset', 'HEAD', 'a.txt'],
      ['reset', 'HEAD~1', '--', 'a.txt'],
      ['reset', '--', 'a.txt'],
      ['reset', '-q', '--', 'a.txt'],
      ['reset', 'nothing'],
      ['reset', '--hard'],
      ['reset', '--hard', 'HEAD'],
      ['reset', '--hard', 'main'],
      ['reset', '-q', '--hard'],
      ['reset', '--soft', 'HEAD'],
      ['symbolic-ref', 'HEAD'],
      ['symbolic-ref', '--short', 'HEAD'],
      ['symbolic-ref', 'HEAD', 'refs/heads/other'],
      ['branch', '--unset-upstream'],
    ].map((argv) => [argv.join(' '), argv] as const),
  )('does what git does: git %s', async (_line, argv) => {
    const twins = provide('work');
    const native = spawnSync('git', argv, {
      cwd: twins.native,
      env: agentEnvironment(twins.home),
      encoding: 'latin1',
    });
    const printed = await run(twins, argv);
    expect(printed).toEqual({ stdout: native.stdout, stderr: native.stderr, exitCode: native.status });
    const status = (work: string): string =>
      spawnSync('git', ['status', '--porcelain=v2', '--branch'], { cwd: work, encoding: 'latin1' }).stdout;
    expect(status(join(twins.managed, 'workspace'))).toBe(status(twins.native));
  });

  test('also resolves conflicts', async () => {
    const twins = provide('conflicts');
    runIn(twins.native, twins.home)('reset', '-q', '--hard');
    expect(await run(twins, ['reset', '-q', '--hard'])).toMatchObject({ exitCode: 0 });
    const status = spawnSync('git', ['status', '--porcelain'], { cwd: join(twins.managed, 'workspace') });
    expect(status.stdout.toString()).toBe('');
  });
});

describe('a command that writes refs', () => {
  test.each(
    [
      ['reset', 'HEAD~1'],
      ['reset', '--hard', 'HEAD~1'],
      ['reset', '--soft', 'HEAD~1'],
      ['reset', '--keep'],
      ['merge', 'x'],
      ['rebase', 'x'],
      ['stash'],
      ['stash', 'pop'],
      ['branch', 'new'],
      ['branch', '-d', 'x'],
      ['tag', 'x'],
      ['checkout', '-b', 'x'],
      ['switch', '-c', 'x'],
      ['update-ref', 'HEAD', 'HEAD~1'],
      ['symbolic-ref', '-d', 'HEAD'],
      ['symbolic-ref', 'refs/heads/x', 'refs/heads/y'],
      ['cherry-pick', 'x'],
      ['\xff\0constructor'],
    ].map((argv) => [argv.join(' '), argv] as const),
  )('is refused: git %s', async (_line, argv) => {
    const twins = provide('work');
    expect(await run(twins, argv)).toBeNull();
  });

  test('names what works', async () => {
    const twins = provide('work');
    const { invocation, peer } = createShim(twins.managed, twins.home, { args: [] });
    const handler = transactionRunHandler();
    const outcome = await handler({ ...invocation, argv: ['merge', 'x'] }, { peer } as Parameters<
      typeof handler
    >[1]);
    expect(outcome).toMatchObject({ exitCode: 128, stdout: '', exec: null });
    expect(outcome.stderr).toMatch(/^fatal: gitiso: 'git merge' changes refs .*\n(hint: .*\n)+$/);
  });
});
