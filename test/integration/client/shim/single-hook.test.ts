/** Commands of one transaction: the hook is called once, and no transaction is ever made without it. */
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRefKeeper, type RefKeeper } from './ref-keeper';
import { createShimWorld, writeScript, type ShimWorld } from './shim-world';

jest.setTimeout(60_000);

let world: ShimWorld;
let keeper: RefKeeper;

beforeAll(async () => {
  world = createShimWorld();
  keeper = await startRefKeeper(world);
  world.git('config', 'user.name', 'A');
  world.git('config', 'user.email', 'a@example.org');
});
afterAll(async () => {
  await keeper.stop();
  world.remove();
});
beforeEach(() => {
  keeper.clear();
  keeper.refuses = () => false;
});

const isShared = (name: string): boolean => world.sharedGit('for-each-ref', `refs/heads/${name}`) !== '';
const proposed = (): readonly (readonly [string, string])[] =>
  keeper.proposals.flatMap(({ updates, origin }) => updates.map(({ ref }) => [ref, origin] as const));
const hookOf = (folder: number): string =>
  join(world.gitdir, 'gitiso', `single-${String(folder)}`, 'reference-transaction');

async function git(...args: string[]): Promise<void> {
  expect(await world.run(args)).toMatchObject({ code: 0, stderr: '' });
}

test.each([
  ['branch', ['branch', 'made', 'HEAD']],
  ['branch -f', ['branch', '-f', 'made', 'HEAD~0']],
  ['checkout -b', ['checkout', '-q', '-b', 'made']],
  ['switch -c', ['switch', '-q', '-c', 'made']],
])('git %s asks once, in the words of the user; the hook is gone then', async (_, args) => {
  await git(...args);
  expect(keeper.proposals.map(({ argv, origin }) => [argv, origin])).toEqual([[['git', ...args], 'hook']]);
  expect(isShared('made')).toBe(true);
  expect(existsSync(hookOf(0))).toBe(false);

  await git('checkout', '-q', 'agent/a1');
  expect(lstatSync(join(world.gitdir, 'refs/heads/made')).isSymbolicLink()).toBe(true);
  keeper.clear();
  await git('branch', '-q', '-D', 'made');
  expect(proposed()).toEqual([['refs/heads/made', 'hook']]);
  expect(isShared('made')).toBe(false);
});

test('a packed branch, of whose deletion git tells twice, is deleted at the second time', async () => {
  await git('branch', 'packed');
  world.sharedGit('pack-refs', '--all');
  keeper.clear();
  await git('branch', '-q', '-D', 'packed');
  expect(proposed()).toEqual([['refs/heads/packed', 'hook']]);
  expect(isShared('packed')).toBe(false);
});

test('what is refused is not made, and asked again the next time', async () => {
  keeper.refuses = () => true;
  expect(await world.run(['branch', 'refused'])).toMatchObject({ code: 128 });
  expect(world.git('for-each-ref', 'refs/heads/refused')).toBe('');
  keeper.refuses = () => false;
  await git('branch', 'refused');
  expect(proposed()).toEqual([
    ['refs/heads/refused', 'hook'],
    ['refs/heads/refused', 'hook'],
  ]);
});

test('of many at once, more than there are folders, each is asked about once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `many-${String(index)}`);
  await Promise.all(names.map((name) => git('branch', name)));
  expect([...proposed()].sort()).toEqual(names.map((name) => [`refs/heads/${name}`, 'hook']).sort());
  expect(names.every(isShared)).toBe(true);
});

test('a program that git runs meanwhile is asked about as always, and does not use up the hook', async () => {
  writeFileSync(join(world.workspace, '.gitattributes'), '*.f filter=f\n');
  writeFileSync(join(world.workspace, 'x.f'), 'x\n');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'filtered');
  await git('branch', 'filtered');
  await git('reset', '-q', '--hard', 'HEAD~1');
  world.git('config', 'filter.f.smudge', 'git branch inner && /usr/bin/git branch inner-past && cat');
  keeper.clear();
  await git('checkout', '-q', '-b', 'outer', 'filtered');
  world.git('config', '--unset', 'filter.f.smudge');
  expect([...proposed()].sort()).toEqual([
    ['refs/heads/inner', 'hook'],
    ['refs/heads/inner-past', 'hook'],
    ['refs/heads/outer', 'hook'],
  ]);
  await git('checkout', '-q', 'agent/a1');
});

test('with hooks of the project git has its usual folder', async () => {
  writeScript(join(world.gitdir, 'hooks/post-checkout'), 'echo ran >.git/post-checkout-ran');
  await git('checkout', '-q', '-b', 'hooked');
  expect(existsSync(join(world.gitdir, 'post-checkout-ran'))).toBe(true);
  expect(proposed()).toEqual([['refs/heads/hooked', 'hook']]);
});
