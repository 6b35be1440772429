import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createAcceptedTransactions } from '../../../../daemon/transaction/accepted-transactions';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';
import { openTransactions } from './transaction-fixture';

type World = Awaited<ReturnType<typeof openTransactions>>;

const own = 'refs/heads/agent/one';
const open: World[] = [];

async function openWorld(root?: string): Promise<World> {
  const world = await openTransactions(root);
  open.push(world);
  return world;
}

afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

/** The shared repository is whole, and its journal, audit log and refs tell the same. */
function expectWhole(world: World): void {
  expect(world.shared('fsck', '--strict', '--no-dangling')).toBe('');
  expect(readdirSync(join(world.root, 'staging'))).toEqual([]);
}

test('new commits on the own branch are brought, stored and moved to', async () => {
  const world = await openWorld();
  world.commit('a');
  const tip = world.commit('b');
  const result = await world.propose([[own, tip, world.git('rev-parse', 'main')]]);
  expect(result.kind).toBe('done');
  expect(world.shared('rev-parse', own)).toBe(tip);
  expect(world.shared('log', '--format=%s', own)).toBe('b\na\nfirst');
  expect(result.kind === 'done' && result.placed.length).toBe(6);
  expectWhole(world);
});

test('a branch at a commit that is there needs no objects, and belongs to the agent that made it', async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  expect(await world.propose([['refs/heads/topic', main]])).toMatchObject({ kind: 'done', placed: [] });
  expect(world.agent().ownRefs).toEqual(['refs/heads/topic']);
  const other = await world.propose([['refs/heads/topic', zeroOid]], [], 'two');
  expect(other).toMatchObject({ kind: 'refused', refused: [{ rule: 'foreign-branch' }] });
  expect(await world.propose([['refs/heads/topic', zeroOid]])).toMatchObject({ kind: 'done' });
  expect(world.agent().ownRefs).toEqual([]);
  expect(await world.propose([['refs/heads/topic', main]], [], 'two')).toMatchObject({ kind: 'done' });
});

test('the second look of git at a deleted ref finds nothing to do', async () => {
  const world = await openWorld();
  expect(await world.propose([['refs/heads/gone', zeroOid]])).toMatchObject({ kind: 'done', placed: [] });
});

test('several refs move together or not at all, and every refused one is named', async () => {
  const world = await openWorld();
  const tip = world.commit('a');
  const lines = [
    [own, tip],
    ['refs/heads/new', tip],
    ['refs/heads/main', tip],
    ['refs/heads/agent/two', tip],
  ] as const;
  expect(await world.propose(lines)).toMatchObject({
    kind: 'refused',
    refused: [
      { ref: 'refs/heads/main', rule: 'protected-branch' },
      { ref: 'refs/heads/agent/two', rule: 'foreign-branch' },
    ],
  });
  expect(world.shared('for-each-ref', '--format=%(refname)')).not.toContain('new');
  expect(world.shared('rev-parse', own)).toBe(world.git('rev-parse', 'main'));
  expect((await world.propose(lines.slice(0, 2))).kind).toBe('done');
  expect(world.shared('rev-parse', own, 'refs/heads/new')).toBe(`${tip}\n${tip}`);
});

test('a rename makes the new name with the deletion of the old one', async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  await world.propose([['refs/heads/old', main]]);
  await world.propose([['refs/heads/old', zeroOid, main]], ['git', 'branch', '-m', 'old', 'fresh']);
  expect(world.shared('for-each-ref', '--format=%(refname)', 'refs/heads/old', 'refs/heads/fresh')).toBe(
    'refs/heads/fresh',
  );
  expect(world.agent().ownRefs).toEqual(['refs/heads/fresh']);
  const tip = world.commit('a');
  await world.propose([['refs/heads/fresh', tip]]);
  const refused = await world.propose(
    [['refs/heads/fresh', zeroOid, tip]],
    ['git', 'branch', '-M', 'fresh', 'main'],
  );
  expect(refused).toMatchObject({ kind: 'refused', refused: [{ ref: 'refs/heads/main' }] });
  expect(world.shared('rev-parse', 'refs/heads/fresh')).toBe(tip);
});

test.each([
  ['x', 'x/y'],
  ['x/y', 'x'],
])('a rename of %s to %s, which exclude each other, is done', async (from, to) => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  await world.propose([[`refs/heads/${from}`, main]]);
  await world.propose([[`refs/heads/${from}`, zeroOid, main]], ['git', 'branch', '-m', from, to]);
  expect(world.shared('for-each-ref', '--format=%(refname)', 'refs/heads/x')).toBe(`refs/heads/${to}`);
  expect(world.agent().ownRefs).toEqual([`refs/heads/${to}`]);
});

test('what git gives up after all is taken back, unless it has moved on', async () => {
  const world = await openWorld();
  const accepted = createAcceptedTransactions(2);
  const main = world.git('rev-parse', 'main');
  const result = await world.propose([
    ['refs/heads/new', main],
    ['refs/tags/v1', main],
  ]);
  accepted.note(world.agent().id, 'k', result.kind === 'done' ? result.updates : []);
  expect(await world.takeBack(accepted.takeInverse(world.agent().id, 'k') ?? [])).toBeNull();
  expect(accepted.takeInverse(world.agent().id, 'k')).toBeNull();
  expect(world.shared('for-each-ref', 'refs/heads/new', 'refs/tags')).toBe('');
  expect(world.agent().ownRefs).toEqual([]);

  const again = await world.propose([['refs/heads/new', main]]);
  await world.propose([['refs/heads/new', world.commit('a')]]);
  accepted.note(world.agent().id, 'k', again.kind === 'done' ? again.updates : []);
  const late = await world.takeBack(accepted.takeInverse(world.agent().id, 'k') ?? []);
  expect(late).toMatchObject({ rule: 'ref-changed' });
  expect(world.agent().ownRefs).toEqual(['refs/heads/new']);
});

test('what is another agent’s meanwhile is not taken back, nor a protected branch that followed the remote', async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  const created = { ref: 'refs/heads/aba' as RefName, old: zeroOid, new: main as Oid };
  await world.propose([['refs/heads/aba', main]], [], 'two');
  expect(await world.takeBack([{ ...created, old: created.new, new: zeroOid }])).toBeNull();
  expect(world.shared('rev-parse', 'refs/heads/aba')).toBe(main);
  expect(world.agent('two').ownRefs).toEqual(['refs/heads/aba']);

  const tip = world.commit('from the remote');
  world.upstream.set('refs/heads/main', tip);
  expect(await world.propose([['refs/heads/main', tip]])).toMatchObject({ kind: 'done' });
  expect(
    await world.takeBack([{ ref: 'refs/heads/main' as RefName, old: tip, new: main as Oid }]),
  ).toBeNull();
  expect(world.shared('rev-parse', 'main')).toBe(tip);
});

test('a rename tells no value: the one of a branch that is not there makes nothing', async () => {
  const world = await openWorld();
  const argv = ['git', 'branch', '-m', 'nothing', 'dangling'];
  await world.propose([['refs/heads/nothing', zeroOid, '1'.repeat(40)]], argv);
  expect(world.shared('for-each-ref', 'refs/heads/dangling')).toBe('');
});

test("a tag that is nobody's may become what the remote has", async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  world.shared('update-ref', 'refs/tags/v1', main);
  const tip = world.commit('a');
  await world.propose([['refs/heads/topic', tip]]);
  expect(await world.propose([['refs/tags/v1', tip]])).toMatchObject({ refused: [{ rule: 'foreign-tag' }] });
  world.upstream.set('refs/tags/v1', tip);
  expect(await world.propose([['refs/tags/v1', tip]])).toMatchObject({ kind: 'done' });
});

test('a tag that a fetch brought is nobody’s, one of the same name but another value is the agent’s', async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  const tip = world.commit('a');
  await world.propose([[own, tip]]);
  for (const ref of ['refs/tags/v1', 'refs/tags/v2', 'refs/heads/topic']) world.upstream.set(ref, tip);
  const lines = [
    ['refs/tags/v1', tip],
    ['refs/tags/v2', main],
    ['refs/heads/topic', tip],
  ] as const;
  expect(await world.propose(lines)).toMatchObject({ kind: 'done' });
  expect(world.agent().ownRefs).toEqual(['refs/tags/v2', 'refs/heads/topic']);
  for (const target of [zeroOid, main])
    expect(await world.propose([['refs/tags/v1', target, tip]])).toMatchObject({
      refused: [{ rule: 'foreign-tag' }],
    });
});

test('a protected branch may become what the remote has, and nothing else', async () => {
  const world = await openWorld();
  const tip = world.commit('from the remote');
  await world.propose([['refs/heads/fetched', tip]]);
  world.upstream.set('refs/heads/main', tip);
  const other = world.commit('more');
  expect(await world.propose([['refs/heads/main', other]])).toMatchObject({ kind: 'refused' });
  expect(await world.propose([['refs/heads/main', tip]])).toMatchObject({ kind: 'done' });
  expect(world.shared('rev-parse', 'main')).toBe(tip);
});

test('a ref that is not where the agent believes it is stays', async () => {
  const world = await openWorld();
  const first = world.commit('a');
  await world.propose([[own, first]]);
  const second = world.commit('b');
  const stale = await world.propose([[own, second, world.git('rev-parse', 'main')]]);
  expect(stale).toMatchObject({ kind: 'refused', refused: [{ ref: own, rule: 'ref-changed' }] });
  expect(world.shared('rev-parse', own)).toBe(first);
});

test('names that can not exist beside each other are refused', async () => {
  const world = await openWorld();
  const main = world.git('rev-parse', 'main');
  const result = await world.propose([['refs/heads/main/below', main]]);
  expect(result).toMatchObject({ kind: 'refused', refused: [{ rule: 'ref-conflict' }] });
  expect(world.agent().ownRefs).toEqual([]);
});

test('annotated tags come with their object, and a branch is never a tag', async () => {
  const world = await openWorld();
  world.git('tag', '-a', '-m', 'one', 'v1', 'main');
  const tag = world.git('rev-parse', 'v1');
  expect(await world.propose([['refs/tags/v1', tag]])).toMatchObject({ kind: 'done', placed: [tag] });
  expect(await world.propose([['refs/heads/v1', tag]])).toMatchObject({
    kind: 'refused',
    refused: [{ rule: 'object-missing' }],
  });
});

test('a pack that is too large for one answer comes in parts and stays a pack', async () => {
  const world = await openWorld();
  const tip = world.commit('large', randomBytes(3_000_000));
  expect((await world.propose([[own, tip]])).kind).toBe('done');
  expect(world.shared('rev-parse', own)).toBe(tip);
  expect(readdirSync(join(world.repoGit, 'objects', 'pack')).some((name) => name.endsWith('.pack'))).toBe(
    true,
  );
  expect(readdirSync(join(world.clone, '.git', 'gitiso'))).toEqual([]);
  expectWhole(world);
});

test('an object that is too large is refused and nothing of it stays', async () => {
  const world = await openWorld();
  const tip = world.commit('huge', randomBytes(10_000_001));
  await expect(world.propose([[own, tip]])).rejects.toMatchObject({ code: 'limit-exceeded' });
  expectWhole(world);
});

test('objects that the agent does not have are no reason to move a ref', async () => {
  const world = await openWorld();
  await expect(world.propose([[own, 'e'.repeat(40)]])).rejects.toMatchObject({ code: 'invalid-object' });
  const tip = world.commit('a');
  const tree = world.git('rev-parse', 'HEAD^{tree}');
  rmSync(join(world.clone, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
  await expect(world.propose([[own, tip]])).rejects.toMatchObject({ code: 'invalid-object' });
  expect(world.shared('rev-parse', own)).toBe(world.git('rev-parse', 'main'));
  expectWhole(world);
});

test.each([
  [
    'a commit by somebody else',
    ['-c', 'user.name=Mallory', 'commit', '-q', '--allow-empty', '-m', 'x'],
    'identity-committer',
  ],
  [
    'a commit with an impossible date',
    ['commit', '-q', '--allow-empty', '-m', 'x', '--date=@99999999999 +0000'],
    'identity-form',
  ],
])('%s is refused, wherever it is in the history', async (_what, args, rule) => {
  const world = await openWorld();
  world.git(...args);
  const tip = world.commit('on top');
  expect(await world.propose([[own, tip]])).toMatchObject({ kind: 'refused', refused: [{ ref: own, rule }] });
  expectWhole(world);
});

test.each([
  ['a nested repository', (world: World) => `160000 commit ${world.git('rev-parse', 'main')}\tsub\n`],
  ['a name with a control character', (world: World) => `100644 blob ${blobOf(world)}\t"a\\tb"\n`],
  ['a .git in disguise', (world: World) => `040000 tree ${world.git('rev-parse', 'main^{tree}')}\t.GIT\n`],
])('%s in a new tree is refused', async (_what, entry) => {
  const world = await openWorld();
  const tree = execFileSync('git', ['mktree'], { cwd: world.clone, input: entry(world), encoding: 'utf8' });
  const tip = world.git('commit-tree', '-m', 'bad', tree.trim());
  const refused = await world.propose([[own, tip]]).catch((error: unknown) => error);
  expect(refused).toMatchObject(
    refused instanceof Error
      ? { code: 'invalid-object' }
      : { kind: 'refused', refused: [{ rule: 'path-form' }] },
  );
  expect(world.shared('rev-parse', own)).toBe(world.git('rev-parse', 'main'));
  expectWhole(world);
});

test('after a crash that lost every unsynced object, the journal brings them back', async () => {
  const world = await openWorld();
  const before = new Set(world.shared('rev-list', '--all', '--objects', '--no-object-names').split('\n'));
  const tip = world.commit('a');
  const result = await world.propose([
    [own, tip],
    ['refs/heads/also', tip],
  ]);
  for (const id of result.kind === 'done' ? result.placed : [])
    if (!before.has(id)) rmSync(join(world.repoGit, 'objects', id.slice(0, 2), id.slice(2)));
  rmSync(join(world.repoGit, own));
  rmSync(join(world.repoGit, 'refs/heads/also'));
  await world.close();
  open.splice(0);

  const again = await openWorld(world.root);
  expect(again.redone).toBe(1);
  expect(again.agent().ownRefs).toEqual(['refs/heads/also']);
  expect(again.shared('rev-parse', 'refs/heads/also')).toBe(tip);
  expect(again.shared('fsck', '--strict', '--no-dangling')).toBe('');
});

function blobOf(world: World): string {
  return world.git('rev-parse', 'main:README');
}
