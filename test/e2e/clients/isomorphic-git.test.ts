/** isomorphic-git opens .git itself: what it writes is refused visibly, or taken up by the next git command. */
import { join } from 'node:path';
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

const program = (action: string) => bench.run(`node /programs/isomorphic-git.mjs ${action}`);

beforeAll(async () => {
  bench = await openWorkbench({
    agents: ['a', 'b'],
    mounts: { '/node_modules': join(__dirname, '../../../node_modules') },
  });
  await bench.ok('echo b >>b && git commit -q -a -m "of b"', 'b');
  await bench.ok('echo mine >a && git commit -q -a -m mine && echo changed >>a && echo new >new');
});

test('reads branches, tags, configuration and the index without further ado', async () => {
  expect(JSON.parse((await program('readRefs')).stdout)).toEqual({
    oid: await bench.hostBranch('agent/a'),
    current: 'agent/a',
    branches: ['agent/a', 'agent/b', 'main'],
    remoteBranches: ['HEAD', 'feature', 'main'],
    tags: ['v1.0'],
    email: 'a@agents.gitiso.invalid',
    files: ['a', 'b', 'dir/c'],
  });
});

test('does not look for objects where git borrows them from, and says that it has not found them', async () => {
  const { exitCode, stderr } = await program('readObjects');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('NotFoundError: Could not find')]);
});

test('reads history, files and status, another agent’s too, once git has packed all objects for it', async () => {
  await bench.ok('git repack -q -a -d');
  const { stdout, stderr } = await program('readObjects');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    log: ['mine', 'change a', 'initial'],
    ofOther: ['of b', 'change a', 'initial'],
    status: [
      ['a', 1, 2, 1],
      ['b', 1, 1, 1],
      ['dir/c', 1, 1, 1],
      ['new', 0, 2, 0],
    ],
    blob: 'mine\n',
    walked: ['a true true true', 'b true true true', 'dir/c true true true', 'new false true false'],
  });
});

test('reads branches that were packed', async () => {
  await bench.inHostRepository('pack-refs', '--all');
  await bench.ok('git status');
  expect(JSON.parse((await program('readRefs')).stdout)).toMatchObject({
    oid: await bench.hostBranch('agent/a'),
    branches: ['agent/a', 'agent/b', 'main'],
  });
});

test('its commit to an existing branch fails, and harms nothing', async () => {
  const before = await bench.hostBranch('agent/a');
  await bench.ok('git commit -q --allow-empty -m "the branch is loose again" && git repack -q -a -d');
  const tip = await bench.hostBranch('agent/a');
  expect(tip).not.toBe(before);
  const { exitCode, stderr } = await program('commit');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('EROFS')]);
  expect(await bench.hostBranch('agent/a')).toBe(tip);
  expect(await bench.ok('git rev-parse HEAD && git status --short')).toBe(`${tip ?? ''}\nM  a\n?? new`);
});

test('its new branches are there for everybody after the next git command', async () => {
  expect(await program('branch')).toMatchObject({ exitCode: 0 });
  expect(await program('commitToNew')).toMatchObject({ exitCode: 0 });
  await bench.ok('git branch');
  expect(await bench.hostBranch('isomorphic')).toBe(await bench.hostBranch('agent/a'));
  expect(await bench.hostBranch('main-2')).toBe(await bench.hostBranch('main'));
  expect(await bench.inHostRepository('log', '-1', '--format=%s', 'isomorphic-2')).toBe('on a new branch');
  expect(await bench.ok('git log -1 --format=%s isomorphic-2', 'b')).toBe('on a new branch');
  await bench.check();
});

test('its commit to a protected branch does not stay', async () => {
  const before = await bench.hostBranch('main');
  await program('commitToMain');
  await bench.run('git status');
  expect(await bench.ok('git rev-parse main')).toBe(before);
  expect(await bench.hostBranch('main')).toBe(before);
});
