/** Loose objects that come with a proposal: taken without a git process, and never more of them than git would take. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { LooseFile } from '../../../../daemon/git/loose-file';
import type { Oid, RefName, RepoId } from '../../../../shared/ids';
import { packOf, rawObject, rawTree, type Entry, type RawObject } from './raw-objects';
import { openTransactions } from './transaction-fixture';

type World = Awaited<ReturnType<typeof openTransactions>>;

const own = 'refs/heads/agent/one' as RefName;
const nobody = 'f'.repeat(40) as Oid;
let world: World;
let main: string;
let readme: string;
beforeAll(async () => {
  world = await openTransactions();
  main = world.git('rev-parse', 'main');
  readme = world.git('rev-parse', 'main:README');
});
afterAll(async () => {
  await world.close();
});

/** What the worker makes of offered files; null: git is to judge. */
async function judge(files: readonly LooseFile[], limits = { objectBytes: 1 << 20, totalBytes: 1 << 22 }) {
  return (await world.refs.look('r' as RepoId, [], [nobody], { files, limits })).checked;
}

describe('with the objects at hand', () => {
  test('a transaction needs no git, in the container or on the host', async () => {
    world.commit('a');
    const tip = world.commit('b');
    const result = await world.propose([[own, tip]], [], 'one', world.looseFiles());
    expect(result.kind === 'done' && result.placed.length).toBe(6);
    expect(world.packsAsked()).toBe(0);
    expect(world.shared('log', '--format=%s', own)).toBe('b\na\nfirst');
    expect(world.shared('fsck', '--strict', '--no-dangling')).toBe('');
    expect(readdirSync(join(world.root, 'staging'))).toEqual([]);
  });

  test('an annotated tag and a deep folder', async () => {
    const tip = world.commit('c');
    world.git('tag', '-a', '-m', 'x', 'v1');
    const tag = world.git('rev-parse', 'v1');
    const lines = [[own, tip] as const, ['refs/tags/v1', tag] as const];
    expect(await world.propose(lines, [], 'one', world.looseFiles())).toMatchObject({ kind: 'done' });
    expect(world.packsAsked()).toBe(0);
    expect(world.shared('fsck', '--strict', '--no-dangling')).toBe('');
  });

  test.each([
    ['one is left out', (files: readonly LooseFile[], tip: Oid) => files.filter(({ id }) => id === tip)],
    [
      'one is damaged',
      (files: readonly LooseFile[]) =>
        files.map(({ id, bytes }) => ({ id, bytes: bytes.subarray(0, bytes.length - 1) })),
    ],
  ])('when %s, a pack is asked for', async (_, change) => {
    const before = world.packsAsked();
    const tip = world.commit(`d${String(before)}`);
    expect(await world.propose([[own, tip]], [], 'one', change(world.looseFiles(), tip))).toMatchObject({
      kind: 'done',
    });
    expect(world.packsAsked()).toBe(before + 1);
    expect(world.shared('fsck', '--strict', '--no-dangling')).toBe('');
  });

  test("the daemon's own rules hold: identities and names", async () => {
    const before = world.packsAsked();
    const first = world.git('rev-parse', 'HEAD');
    const foreign = rawObject(
      'commit',
      `tree ${world.git('rev-parse', 'HEAD^{tree}')}\nparent ${first}\nauthor X <x@y> 1 +0000\ncommitter X <x@y> 1 +0000\n\nno\n`,
    );
    expect(await world.propose([[own, foreign.id]], [], 'one', [foreign])).toMatchObject({
      kind: 'refused',
      refused: [{ rule: 'identity-committer' }],
    });
    expect(world.packsAsked()).toBe(before);
  });
});

test('what was accepted is made again after a crash, from the record alone', async () => {
  const crashed = await openTransactions();
  const tip = crashed.commit('a', 'x');
  await crashed.propose([[own, tip]], [], 'one', crashed.looseFiles());
  expect(crashed.packsAsked()).toBe(0);
  for (const { id } of crashed.looseFiles())
    rmSync(join(crashed.repoGit, 'objects', id.slice(0, 2), id.slice(2)), { force: true });
  rmSync(join(crashed.repoGit, own));
  crashed.shared('update-ref', own, crashed.git('rev-parse', 'main'));
  await crashed.workers.stop();

  const again = await openTransactions(crashed.root);
  expect(again.redone).toBe(1);
  expect(again.shared('rev-parse', own)).toBe(tip);
  expect(again.shared('fsck', '--strict', '--no-dangling')).toBe('');
  await again.close();
});

/** A commit on main with a folder, of which single parts are spoiled. */
function material() {
  const file = rawObject('blob', 'content\n');
  const attributes = rawObject('blob', '*.txt text\n');
  const inner: readonly Entry[] = [{ mode: '100644', name: 'x', id: file.id }];
  const folder = rawTree(inner);
  const entries: readonly Entry[] = [
    { mode: '100644', name: '.gitattributes', id: attributes.id },
    { mode: '100644', name: 'README', id: readme },
    { mode: '100644', name: 'f', id: file.id },
    { mode: '40000', name: 'g', id: folder.id },
    { mode: '120000', name: 'h', id: file.id },
  ];
  const tree = rawTree(entries);
  const who = 'A B <a@b.c> 1234567890 +0100';
  const text = `tree ${tree.id}\nparent ${main}\nauthor ${who}\ncommitter ${who}\n\nmessage\n`;
  const commit = rawObject('commit', text);
  const tagText = `object ${commit.id}\ntype commit\ntag v2\ntagger ${who}\n\nmessage\n`;
  const base = [file, attributes, folder];
  const withTree = (changed: RawObject): readonly RawObject[] => [
    ...base,
    changed,
    rawObject('commit', text.replace(tree.id, changed.id)),
  ];
  return {
    ...{ file, folder, entries, tree, text, commit, tagText, base, withTree },
    withEntries: (changed: readonly Entry[]) => withTree(rawTree(changed)),
    withCommit: (changed: string | Buffer) => [...base, tree, rawObject('commit', changed)],
    withTag: (changed: string) => [...base, tree, commit, rawObject('tag', changed)],
  };
}

/** Whether git stores them, each set in a folder of its own beside the repository. */
function isTakenByGit(objects: readonly RawObject[]): boolean {
  const folder = mkdtempSync(join(world.root, 'judge-'));
  const { status } = spawnSync('git', ['--git-dir', world.repoGit, 'unpack-objects', '-q', '--strict'], {
    input: packOf(objects),
    env: {
      ...process.env,
      GIT_OBJECT_DIRECTORY: folder,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(world.repoGit, 'objects'),
    },
  });
  rmSync(folder, { recursive: true });
  return status === 0;
}

/** rules.md, 1.5: what git refuses, and what it takes and the daemon does not. */
const badEntries: readonly (readonly [string, Partial<Entry>])[] = [
  ...['.git', '.GIT', 'git~1', '.g\xe2\x80\x8cit', 'a\\.git\\config', '.', '..', '', 'a/b'].map(
    (name) => [`the name ${JSON.stringify(name)}`, { name }] as const,
  ),
  ...['.git\xff', '.git ', '.git.', '.git::$INDEX_ALLOCATION', 'GIT~1 '].map(
    (name) => [`the name ${JSON.stringify(name)}`, { name }] as const,
  ),
  ['a link .gitattributes', { name: '.gitattributes', mode: '120000' }],
  ['a link .gitmodules', { name: '.gitmodules', mode: '120000' }],
  ['a file .gitmodules', { name: '.gitmodules' }],
  ['a disguised .gitmodules', { name: '.gitmod\xe2\x80\x8cules' }],
  ['a short .gitmodules', { name: 'gitmod~1' }],
  ['a padded mode', { mode: '0100644' }],
  ['mode 100664', { mode: '100664' }],
  ['mode 107777', { mode: '107777' }],
  ['a padded folder', { mode: '040000' }],
  ['the null id', { id: '0'.repeat(40) }],
  ['a blob that is nowhere', { id: '1'.repeat(40) }],
  ['a file for a folder', { mode: '40000' }],
  ['a name of 5000 bytes', { name: 'n'.repeat(5000) }],
];

test('what is plain is taken, each object after those it names', async () => {
  const { base, tree, tagText, withTag, commit } = material();
  const objects = withTag(tagText);
  const ids = (await judge([...objects].reverse()))?.map(({ id }) => id) ?? [];
  expect(ids).toHaveLength(6);
  const order = [...base.map(({ id }) => id), tree.id, commit.id].map((id) => ids.indexOf(id));
  expect(Math.max(...order.slice(0, 3))).toBeLessThan(order[3] ?? 0);
  expect(order[3]).toBeLessThan(order[4] ?? 0);
  expect(isTakenByGit(objects)).toBe(true);
});

describe('what is not plain is never taken', () => {
  test.each(badEntries)('a tree with %s', async (_, part) => {
    const { entries, withEntries } = material();
    const bad = { mode: '100644', name: 'm', id: entries[2]?.id ?? '', ...part };
    const rest = entries.filter(({ name }) => name !== bad.name);
    const sorted = [...rest, bad].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(await judge(withEntries(sorted))).toBeNull();
  });

  test.each<[string, (entries: readonly Entry[]) => readonly Entry[]]>([
    ['twice the same name', (entries) => entries.flatMap((entry) => [entry, entry])],
    ['a file and a folder of one name', (entries) => [...entries, { ...entries[3], name: 'f' } as Entry]],
    ['names out of order', (entries) => [...entries].reverse()],
  ])('a tree with %s', async (_, change) => {
    const { entries, withEntries } = material();
    expect(await judge(withEntries(change(entries)))).toBeNull();
  });

  test.each<[string, (text: string) => string]>([
    ['a NUL in the message', (text) => text.replace('message', 'mess\0age')],
    ['a NUL in the header', (text) => text.replace('A B', 'A\0B')],
    ['two authors', (text) => text.replace(/(author .*\n)/, '$1$1')],
    ['a newline in the name', (text) => text.replace('author A', 'author A\nB')],
    ['no author', (text) => text.replace(/author .*\n/, '')],
    ['a date that overflows', (text) => text.replace('1234567890', '123456789012345678901234567890')],
    ['a padded date', (text) => text.replace('1234567890', '01234567890')],
    ['a missing zone', (text) => text.replace(' +0100', '')],
    ['a blob for a tree', (text) => text.replace(/tree .*/, `tree ${readme}`)],
    [
      'a tree for a parent',
      (text) => text.replace(/parent .*/, `parent ${world.git('rev-parse', 'main^{tree}')}`),
    ],
    ['100,000 parents', (text) => text.replace(/(parent .*\n)/, '$1'.repeat(100_000))],
    ['no end of its header', (text) => text.replace('\n\nmessage\n', '\n')],
  ])('a commit with %s', async (_, change) => {
    const { text, withCommit } = material();
    expect(await judge(withCommit(change(text)))).toBeNull();
  });

  test('long lines in .gitattributes, new or there already under another name', async () => {
    const long = rawObject('blob', `${'a'.repeat(2050)} text\n`);
    const { entries, base, text, tree } = material();
    const changed = rawTree(entries.map((e) => (e.name === '.gitattributes' ? { ...e, id: long.id } : e)));
    const commit = rawObject('commit', text.replace(tree.id, changed.id));
    expect(await judge([...base, long, changed, commit])).toBeNull();
    expect(isTakenByGit([...base, long, changed, commit])).toBe(false);
    world.shared('update-ref', 'refs/gitiso/kept', storeBlob(long.content));
    expect(await judge([...base, changed, commit])).toBeNull();
  });

  test('files that are no loose objects, say a wrong size, go on behind their end, or unpack to very much', async () => {
    const { file } = material();
    const header = (text: string): LooseFile => ({ id: file.id, bytes: deflateSync(Buffer.from(text)) });
    const bomb = rawObject('blob', Buffer.alloc(1 << 21));
    for (const bad of [
      { id: file.id, bytes: Buffer.concat([file.bytes, Buffer.from('x')]) },
      { id: file.id, bytes: Buffer.concat([file.bytes, file.bytes]) },
      { id: file.id, bytes: file.bytes.subarray(0, 10) },
      { id: file.id, bytes: Buffer.alloc(0) },
      { id: nobody, bytes: file.bytes },
      ...[
        'blob 7\0content\n',
        'blob 08\0content\n',
        'blob -8\0content\n',
        'blob 8content\n',
        'blub 8\0content\n',
      ].map(header),
      bomb,
    ])
      expect(await judge([bad])).toBeNull();
    expect(await judge([file])).toHaveLength(1);
  });
});

function storeBlob(content: Buffer): string {
  const { stdout } = spawnSync('git', ['--git-dir', world.repoGit, 'hash-object', '-w', '--stdin'], {
    input: content,
  });
  return stdout.toString().trim();
}

describe('against git itself', () => {
  test('nothing that is taken is refused by git, in 900 generated sets of objects', async () => {
    const next = randomFrom(20_261_127);
    const taken: RawObject[][] = [];
    let left = 0;
    for (let round = 0; round < 900; round += 1) {
      const objects = spoil(next);
      if ((await judge(objects)) === null) left += 1;
      else taken.push([...objects]);
    }
    // One question for all; if git says no, each is asked for.
    const all = new Map(taken.flat().map((object) => [object.id, object]));
    const refused = isTakenByGit([...all.values()]) ? [] : taken.filter((objects) => !isTakenByGit(objects));
    expect(refused.map((objects) => objects.map(({ content }) => content.toString('latin1')))).toEqual([]);
    // Both happen often enough that the comparison means something.
    expect(taken.length).toBeGreaterThan(100);
    expect(left).toBeGreaterThan(300);
  });
});

const names = [
  'a',
  'A',
  'f',
  'z',
  '.gitignore',
  '.GITATTRIBUTES',
  '.mailmap',
  '.gi',
  'git',
  'é',
  'a b',
  '\x01',
  '\xff',
];
const moreNames = [
  '.git\u00e2',
  'GIT~2',
  'g\xcc\x81',
  '.gitmodules',
  '-',
  'con',
  'a.',
  'f.',
  'f/',
  'ff',
  'g-',
  'g0',
  '.github',
];
const modes = ['100644', '100755', '120000', '40000', '160000', '644', '100600', '40755', ' 100644'];

/** A set of objects with one to three changes, most of which are wrong. */
function spoil(next: (below: number) => number): readonly RawObject[] {
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const { entries, withEntries, withCommit, withTag, withTree, tree, text, tagText, file } = material();
  const changes = 1 + next(3);
  switch (next(5)) {
    case 0: {
      let changed: readonly Entry[] = entries;
      for (let n = 0; n < changes; n += 1) {
        const index = next(changed.length);
        const part = pick<Partial<Entry>>([
          { name: pick([...names, ...moreNames]) },
          { mode: pick(modes) },
          { id: pick([file.id, tree.id, nobody, ...entries.map(({ id }) => id)]) },
        ]);
        changed = changed.map((entry, at) => (at === index ? { ...entry, ...part } : entry));
      }
      const isSorted = next(3) > 0;
      const key = ({ mode, name }: Entry): string => `${name}${mode === '40000' ? '/' : '\0'}`;
      return withEntries(isSorted ? [...changed].sort((a, b) => (key(a) < key(b) ? -1 : 1)) : changed);
    }
    case 1:
      return withTree(rawObject('tree', withNoise(tree.content, changes, next)));
    case 2:
      return withCommit(withNoise(Buffer.from(text, 'latin1'), changes, next));
    case 3:
      return withTag(withNoise(Buffer.from(tagText, 'latin1'), changes, next).toString('latin1'));
    default: {
      const extra = pick([
        'encoding x\n',
        'gpgsig a\n b\n c\n',
        'HG:x y\n',
        'mergetag x\n',
        ' x\n',
        'author x\n',
        'x\n',
      ]);
      const who = pick([
        'A <>',
        '<a@b>',
        'A <a@b',
        'A a@b>',
        'A <a> <b>',
        ' <a@b>',
        'A  <a b>',
        'A <a@b> ',
        'Ä <ä>',
      ]);
      const date = pick([
        '0 +0000',
        '00 +0000',
        '1 +9999',
        '1 +000',
        '1  +0000',
        '-1 +0000',
        '9999999999 -0000',
      ]);
      const changed = text.replace(/author .*\n/, `author ${who} ${date}\n`);
      return withCommit(next(2) === 0 ? text.replace('\n\n', `\n${extra}\n`) : changed);
    }
  }
}

/** Bytes changed, taken out or doubled. */
function withNoise(content: Buffer, changes: number, next: (below: number) => number): Buffer {
  let bytes = content;
  for (let n = 0; n < changes; n += 1) {
    const at = next(bytes.length);
    const kind = next(3);
    const middle =
      kind === 0 ? Buffer.from([next(256)]) : kind === 1 ? Buffer.alloc(0) : bytes.subarray(at, at + 2);
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + (kind === 2 ? 0 : 1))]);
  }
  return bytes;
}

/** Numerical Recipes' linear congruential generator: the same sets every time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
