/** `git rebase` with its hook put aside while it replays: real git, real leases, and a daemon that keeps the refs. */
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRefKeeper, type RefKeeper } from './ref-keeper';
import { createShimWorld, type ShimResult, type ShimWorld } from './shim-world';

const commits = 12;
let world: ShimWorld;
let keeper: RefKeeper;

beforeAll(async () => {
  world = createShimWorld();
  keeper = await startRefKeeper(world);
  world.git('config', 'user.name', 'A');
  world.git('config', 'user.email', 'a@example.org');
  await git('checkout', '-q', '-b', 'onto');
  await commit('onto.txt', 'onto');
  await commit('f1.txt', 'clash');
  await git('checkout', '-q', '-b', 'topic', 'HEAD~2');
  for (let n = 0; n < commits; n += 1) await commit(`f${String(n)}.txt`, String(n));
});
afterAll(async () => {
  await keeper.stop();
  world.remove();
});
beforeEach(async () => {
  keeper.refuses = () => false;
  await git('checkout', '-q', '-B', 'work', 'topic');
  keeper.clear();
});
afterEach(() => {
  expect(readlinkSync(join(world.gitdir, 'hooks/reference-transaction'))).toBe(join(world.gitiso, 'bin/git'));
  expect(existsSync(join(world.gitdir, 'rebase-merge'))).toBe(false);
});

async function git(...args: string[]): Promise<string> {
  const result = await world.run(args);
  if (result.code !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

async function commit(name: string, text: string): Promise<void> {
  writeFileSync(join(world.workspace, name), `${text}\n`);
  await git('add', name);
  await git('commit', '-q', '-m', name);
}

/** Runs git and counts how often it called the hook. */
async function traced(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const trace = join(world.root, 'trace');
  rmSync(trace, { force: true });
  const result: ShimResult = await world.run(args, { env: { ...env, GIT_TRACE: trace } });
  const calls = readFileSync(trace, 'utf8').match(/run_command: \S*reference-transaction/g) ?? [];
  return { ...result, calls: calls.length };
}

const shared = (ref: string): string => world.sharedGit('rev-parse', ref).trim();

test('hardly any call while commits are replayed, and one proposal in the end', async () => {
  const { code, calls } = await traced(['rebase', '-q', 'onto~1']);
  expect(code).toBe(0);
  expect(keeper.proposals.map(({ origin, updates }) => [origin, updates.map(({ ref }) => ref)])).toEqual([
    ['hook', ['refs/heads/work']],
  ]);
  expect(shared('work')).toBe(world.git('rev-parse', 'HEAD').trim());
  // Ten for each commit, when it stays.
  expect(calls).toBeLessThan(3 * commits);
  expect(calls).toBeGreaterThanOrEqual(2);
});

test('a refusal reaches git before it moves the branch', async () => {
  keeper.refuses = ({ updates }) => updates.some(({ ref }) => ref === 'refs/heads/work');
  const before = shared('work');
  const { code, stderr } = await traced(['rebase', '-q', 'onto~1']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('error: gitiso: refs/heads/work: not allowed (test-rule)\n');
  expect(stderr).toContain('could not update refs/heads/work');
  expect(keeper.proposals.map(({ origin }) => origin)).toEqual(['hook']);
  expect(shared('work')).toBe(before);
  keeper.refuses = () => false;
  await git('rebase', '--abort');
  expect(world.git('rev-parse', 'HEAD').trim()).toBe(before);
});

test('the hook is in its place while a rebase waits for somebody, and is put aside again when it goes on', async () => {
  const stopped = await traced(['rebase', '-q', 'onto']);
  expect(stopped.code).toBe(1);
  expect(readlinkSync(join(world.gitdir, 'hooks/reference-transaction'))).toBe(join(world.gitiso, 'bin/git'));
  await git('branch', '-f', 'meanwhile', 'HEAD');
  await git('checkout', '-q', '--theirs', 'f1.txt');
  await git('add', 'f1.txt');
  const { code, calls } = await traced(['rebase', '--continue'], { GIT_EDITOR: 'true' });
  expect(code).toBe(0);
  expect(calls).toBeLessThan(5 * commits);
  expect(keeper.proposals.flatMap(({ updates }) => updates.map(({ ref }) => ref))).toEqual([
    'refs/heads/meanwhile',
    'refs/heads/work',
  ]);
  expect(shared('work')).toBe(world.git('rev-parse', 'HEAD').trim());
});

test('a branch that a program of the rebase makes past the hook is proposed when it has ended', async () => {
  const env = { GIT_SEQUENCE_EDITOR: "sed -i '3i exec /usr/bin/git branch -f made-inside'" };
  expect((await traced(['rebase', '-q', '-i', 'onto~1'], env)).code).toBe(0);
  expect(shared('made-inside')).toBe(world.git('rev-parse', 'made-inside').trim());
  expect(shared('work')).toBe(world.git('rev-parse', 'HEAD').trim());
});
