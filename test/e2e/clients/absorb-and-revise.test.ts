/** git-revise, which rewrites commits with git's plumbing, and git-absorb, which does it with a library of its own. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

const subjects = () => bench.inHostRepository('log', '--format=%s', 'v1.0..agent/a');

beforeAll(async () => {
  bench = await openWorkbench();
  await bench.ok('seq 1 20 >x && git add x && git commit -q -m "add x"');
  await bench.ok('seq 1 20 >y && git add y && git commit -q -m "add y"');
});

test('git revise changes an earlier commit by what is staged, and messages without an editor', async () => {
  await bench.ok('sed -i s/^2$/two/ x && git add x && git revise HEAD~1');
  expect(await bench.inHostRepository('show', 'agent/a~1:x')).toContain('\ntwo\n');
  await bench.ok('git revise -m "add x, revised" HEAD~1');
  expect(await subjects()).toBe('add y\nadd x, revised\nchange a');
});

test('git revise reorders and squashes by an edited list', async () => {
  await bench.ok(`GIT_EDITOR="sed -i '2s/^pick/fixup/'" git revise -i main`);
  expect(await subjects()).toBe('add x, revised\nchange a');
  expect(await bench.inHostRepository('ls-tree', '--name-only', 'agent/a')).toBe('a\nb\ndir\nx\ny');
  expect(await bench.ok('git status --short && git rev-parse HEAD')).toBe(await bench.hostBranch('agent/a'));
  await bench.check();
});

test('git absorb, which writes refs without git, says that it can not and changes nothing', async () => {
  const before = await bench.hostBranch('agent/a');
  const { exitCode, stderr, stdout } = await bench.run(
    'sed -i s/^5$/five/ x && git add x && git absorb --base main',
  );
  expect(exitCode).toBe(1);
  expect(stderr + stdout).toMatch(/absorb failed.*Read-only file system/);
  expect(await bench.hostBranch('agent/a')).toBe(before);
  expect(await bench.ok('git status --short')).toBe('M  x');
});

test('what git absorb would do is done with git itself', async () => {
  expect(await bench.run('git absorb --base main --dry-run').then((r) => r.stdout + r.stderr)).toContain(
    'would have committed',
  );
  await bench.ok('git commit -q --fixup HEAD && GIT_SEQUENCE_EDITOR=: git rebase -q -i --autosquash main');
  expect(await subjects()).toBe('add x, revised\nchange a');
  expect(await bench.inHostRepository('show', 'agent/a:x')).toContain('\nfive\n');
});

test('commits of others cannot be rewritten: the branch they are on stays', async () => {
  const before = await bench.hostBranch('main');
  const { exitCode } = await bench.run('git checkout -q main && git commit -q --amend -m rewritten');
  expect(exitCode).not.toBe(0);
  expect(await bench.hostBranch('main')).toBe(before);
});
