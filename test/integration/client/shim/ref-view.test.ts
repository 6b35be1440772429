/** The agent's view of the shared refs, as real git sees it after any command through the shim. */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createRandom } from '../../../helpers/random';
import { startRefKeeper, type RefKeeper } from './ref-keeper';
import { createShimWorld, type ShimResult, type ShimWorld } from './shim-world';

let world: ShimWorld;
let keeper: RefKeeper;
let first: string;
let second: string;

beforeAll(async () => {
  world = createShimWorld();
  keeper = await startRefKeeper(world);
  world.git('config', 'user.name', 'A');
  world.git('config', 'user.email', 'a@example.org');
  first = world.sharedGit('rev-parse', world.branch).trim();
  const author = ['-c', 'user.name=D', '-c', 'user.email=d@example.org'];
  second = world.sharedGit(...author, 'commit-tree', '-p', first, '-m', 'x', `${first}^{tree}`).trim();
});
afterAll(async () => {
  await keeper.stop();
  world.remove();
});
beforeEach(() => {
  keeper.clear();
  keeper.refuses = () => false;
});

/** Any command does. */
const look = (): Promise<ShimResult> => world.run(['rev-parse', '--git-dir']);
const own = (ref: string): string => join(world.gitdir, ref);
const isLink = (ref: string): boolean =>
  lstatSync(own(ref), { throwIfNoEntry: false })?.isSymbolicLink() === true;
const shared = (...commands: string[]): void => {
  for (const command of commands) world.sharedGit('update-ref', ...command.split(' '));
};
const refs = (git: ShimWorld['git']): string =>
  git('for-each-ref', '--format=%(objectname) %(*objectname) %(refname)', 'refs/heads', 'refs/tags');

async function expectSame(): Promise<void> {
  expect((await look()).stderr).toBe('');
  expect(refs(world.git)).toBe(refs(world.sharedGit));
}

/** Writes a ref as no git does it: past the hook. */
function writeOwn(ref: string, content: string, agedMs = -1000): void {
  mkdirSync(dirname(own(ref)), { recursive: true });
  rmSync(own(ref), { force: true });
  writeFileSync(own(ref), `${content}\n`);
  const time = (Date.now() - agedMs) / 1000;
  utimesSync(own(ref), time, time);
}

describe('what others do', () => {
  test('is seen at once where the ref is known, and with the next command where it is new', async () => {
    shared(`refs/heads/one ${first}`, `refs/heads/deep/er/two ${first}`, `refs/tags/t ${first}`);
    await expectSame();
    expect(readlinkSync(own('refs/heads/deep/er/two'))).toBe(join(world.shared, 'refs/heads/deep/er/two'));

    shared(`refs/heads/one ${second}`);
    expect(world.git('rev-parse', 'one').trim()).toBe(second);
  });

  test('deleted refs go, with folders that are empty then', async () => {
    shared('-d refs/heads/deep/er/two', '-d refs/tags/t');
    await expectSame();
    expect(existsSync(own('refs/heads/deep'))).toBe(false);
    expect(existsSync(own('refs/tags'))).toBe(true);
  });

  test('a ref becomes a folder, and a folder a ref', async () => {
    shared(`refs/heads/turn ${first}`);
    await expectSame();
    shared('-d refs/heads/turn', `refs/heads/turn/a ${first}`, `refs/heads/turn/b/c ${first}`);
    await expectSame();
    shared('-d refs/heads/turn/a', '-d refs/heads/turn/b/c', `refs/heads/turn ${second}`);
    await expectSame();
    expect(isLink('refs/heads/turn')).toBe(true);
  });

  test('packing there changes nothing here', async () => {
    shared(`refs/heads/packed ${first}`);
    world.sharedGit('-c', 'user.name=D', '-c', 'user.email=d@e.f', 'tag', '-a', '-m', 'x', 'heavy', first);
    await expectSame();
    world.sharedGit('pack-refs', '--all');
    await expectSame();
    expect(existsSync(own('refs/heads/packed'))).toBe(false);
    expect(readFileSync(own('packed-refs'), 'utf8')).toBe(
      readFileSync(join(world.shared, 'packed-refs'), 'utf8'),
    );

    shared(`refs/heads/packed ${second}`, `-d refs/tags/heavy`);
    await expectSame();
    expect(isLink('refs/heads/packed')).toBe(true);
  });

  test('of 5,000 refs the one that is new is seen', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${first} refs/heads/many/n${String(i)}`);
    for (const line of lines) {
      const [id = '', ref = ''] = line.split(' ');
      mkdirSync(dirname(join(world.shared, ref)), { recursive: true });
      writeFileSync(join(world.shared, ref), `${id}\n`);
    }
    await expectSame();
    shared(`refs/heads/many/new ${second}`);
    await expectSame();
    rmSync(join(world.shared, 'refs/heads/many'), { recursive: true });
    await expectSame();
  }, 120_000);

  test('whatever the order of 60 changes, the view follows', async () => {
    const random = createRandom(7);
    const names = ['a', 'b', 'c/a', 'c/b', 'c/d/a', 'e'].flatMap((name) => [
      `refs/heads/x/${name}`,
      `refs/tags/x/${name}`,
    ]);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 3; i++) {
        const [start = '', ...others] = names;
        const ref = random.pick([start, ...others]);
        const action = random.below(4);
        if (action === 0) world.sharedGit('pack-refs', '--all');
        else if (action === 1) world.sharedGit('update-ref', '-d', ref);
        else world.sharedGit('update-ref', ref, random.below(2) === 0 ? first : second);
      }
      await expectSame();
    }
    expect(keeper.proposals).toEqual([]);
  });
});

describe('what the agent’s git wrote', () => {
  test('is a link again, when the daemon knows it or has moved on since', async () => {
    shared(`refs/heads/mine ${second}`);
    writeOwn('refs/heads/mine', second);
    await look();
    expect(isLink('refs/heads/mine')).toBe(true);

    writeOwn('refs/heads/mine', first, 60_000);
    await look();
    expect(isLink('refs/heads/mine')).toBe(true);
    expect(keeper.proposals).toEqual([]);
  });

  test('past the hook is proposed, all in one', async () => {
    writeOwn('refs/heads/mine', first);
    writeOwn('refs/heads/new/one', first);
    writeOwn('refs/tags/new', second);

    expect(await world.run(['rev-parse', 'new/one'])).toMatchObject({ code: 0, stderr: '' });

    expect(keeper.proposals).toHaveLength(1);
    expect(keeper.proposals[0]).toMatchObject({ origin: 'view', argv: ['git', 'rev-parse', 'new/one'] });
    expect([...(keeper.proposals[0]?.updates ?? [])].sort((a, b) => (a.ref < b.ref ? -1 : 1))).toEqual([
      { ref: 'refs/heads/mine', old: second, new: first },
      { ref: 'refs/heads/new/one', old: '0'.repeat(40), new: first },
      { ref: 'refs/tags/new', old: '0'.repeat(40), new: second },
    ]);
    await expectSame();
    expect(['refs/heads/mine', 'refs/heads/new/one', 'refs/tags/new'].every(isLink)).toBe(true);
  });

  test('by hand is proposed when it is whole, however long the file was empty', async () => {
    writeFileSync(own('refs/heads/slow'), '');
    const settle = () => utimesSync(own('refs/heads'), 1_000_000_000, 1_000_000_000);
    settle();
    await look();
    writeFileSync(own('refs/heads/slow'), `${first}\n`);
    settle();
    await look();
    expect(keeper.proposals.flatMap(({ updates }) => updates)).toEqual([
      { ref: 'refs/heads/slow', old: '0'.repeat(40), new: first },
    ]);
    await expectSame();
  });

  test('and is refused is taken back, with its object named; the others stay', async () => {
    keeper.refuses = ({ updates }) => updates.some(({ ref }) => ref.includes('bad'));
    writeOwn('refs/heads/bad', first);
    writeOwn('refs/heads/good', second);

    const { code, stderr } = await look();

    expect(code).toBe(0);
    expect(stderr).toContain('error: gitiso: refs/heads/bad: not allowed (test-rule)\n');
    expect(stderr).toContain(
      `warning: gitiso: took back refs/heads/bad: it was not accepted; its object is ${first}\n`,
    );
    await expectSame();
    expect([isLink('refs/heads/good'), existsSync(own('refs/heads/bad'))]).toEqual([true, false]);
  });

  test('a symbolic ref in the place of a shared one is its deletion, which may be refused', async () => {
    writeOwn('refs/heads/good', 'ref: refs/heads/mine');
    keeper.refuses = () => true;
    const { stderr } = await look();
    expect(keeper.proposals).toMatchObject([
      { origin: 'view', updates: [{ ref: 'refs/heads/good', old: second, new: '0'.repeat(40) }] },
    ]);
    expect(stderr).toContain(
      'warning: gitiso: took back refs/heads/good: a symbolic ref can not take the place',
    );
    keeper.refuses = () => false;
    await expectSame();

    expect((await world.run(['symbolic-ref', 'refs/heads/good', 'refs/heads/mine'])).code).toBe(0);
    expect(world.sharedGit('for-each-ref', 'refs/heads/good')).toBe('');
    expect(world.git('symbolic-ref', 'refs/heads/good')).toBe('refs/heads/mine\n');
    rmSync(own('refs/heads/good'));
    shared(`refs/heads/good ${second}`);
    await expectSame();
  });

  test('what git wrote past its hook and is refused makes git fail', async () => {
    keeper.refuses = () => true;
    expect((await world.run(['symbolic-ref', 'refs/heads/good', 'refs/heads/mine'])).code).toBe(1);
    expect((await world.run(['branch', '-C', 'mine', 'good'])).code).toBe(1);
    await expectSame();
  });

  test('waits while there is no daemon, without a word', async () => {
    await keeper.stop();
    writeOwn('refs/heads/later', first);
    expect((await look()).stderr).toBe('');
    expect(readFileSync(own('refs/heads/later'), 'utf8')).toBe(`${first}\n`);

    keeper = await startRefKeeper(world);
    await expectSame();
    expect(isLink('refs/heads/later')).toBe(true);
  });

  test('is left alone while it is locked', async () => {
    for (const name of ['later', 'fresh']) writeFileSync(own(`refs/heads/${name}.lock`), '');
    writeOwn('refs/heads/later', second);
    writeOwn('refs/heads/fresh', second);
    shared('-d refs/heads/good');
    writeFileSync(own('refs/heads/good.lock'), '');
    await look();
    expect(keeper.proposals).toEqual([]);
    expect([isLink('refs/heads/later'), isLink('refs/heads/fresh'), isLink('refs/heads/good')]).toEqual([
      false,
      false,
      true,
    ]);

    for (const name of ['later', 'fresh', 'good']) rmSync(own(`refs/heads/${name}.lock`));
    await look();
    expect(keeper.proposals).toHaveLength(1);
    await expectSame();
  });
});

describe('what is the agent’s own', () => {
  test('symbolic refs, links elsewhere and files that are no refs stay where they are', async () => {
    const kept = {
      sym: 'ref: refs/heads/mine\n',
      empty: '',
      garbage: 'garbage\n',
      'not~a ref': `${first}\n`,
    };
    for (const [name, content] of Object.entries(kept)) writeFileSync(own(`refs/heads/${name}`), content);
    symlinkSync('mine', own('refs/heads/linked'));
    symlinkSync('/nowhere', own('refs/heads/dangling'));
    for (let i = 0; i < 3; i++) await look();

    for (const [name, content] of Object.entries(kept)) {
      expect(readFileSync(own(`refs/heads/${name}`), 'utf8')).toBe(content);
    }
    expect([isLink('refs/heads/linked'), isLink('refs/heads/dangling')]).toEqual([true, true]);
    expect(keeper.proposals).toEqual([]);
    for (const name of [...Object.keys(kept), 'linked', 'dangling']) rmSync(own(`refs/heads/${name}`));
  });

  test('private refs are not touched, loose or packed, whoever packs', async () => {
    const all = ['refs/stash', 'refs/notes/commits', 'refs/remotes/origin/x', 'refs/bisect/bad', 'refs/zoo'];
    for (const ref of all) world.git('update-ref', ref, first);
    const list = () => world.git('for-each-ref', '--format=%(refname)', ...all);
    await world.run(['pack-refs', '--all']);
    expect(existsSync(own('refs/stash'))).toBe(false);
    world.sharedGit('pack-refs', '--all');
    await expectSame();

    expect(list().split('\n').filter(Boolean).sort()).toEqual([...all].sort());
    expect((await world.run(['pack-refs', '--all'])).code).toBe(0);
    await expectSame();
    expect(list().split('\n').filter(Boolean).sort()).toEqual([...all].sort());
    expect(keeper.proposals).toEqual([]);
  });

  test('packed refs wait while git has locked them', async () => {
    writeFileSync(own('packed-refs.lock'), '');
    const before = readFileSync(own('packed-refs'));
    world.sharedGit('update-ref', 'refs/heads/zz-late', first);
    world.sharedGit('pack-refs', '--all');
    await look();
    expect(readFileSync(own('packed-refs'))).toEqual(before);
    rmSync(own('packed-refs.lock'));
    await expectSame();
    expect(existsSync(own('packed-refs.lock'))).toBe(false);
  });

  test('packed refs without order or header are read all the same', async () => {
    writeFileSync(
      own('packed-refs'),
      [`${first} refs/zoo`, 'garbage', `${second} refs/notes/b`, `^${first}`, `${second} refs/heads/fake`]
        .map((line) => `${line}\n`)
        .join(''),
    );
    await expectSame();
    expect(readFileSync(own('packed-refs'), 'utf8')).toMatch(
      new RegExp(`^# pack-refs with: sorted \n(.* refs/heads/.*\n)+${second} refs/notes/b\n\\^${first}\n`),
    );
    expect(world.git('rev-parse', 'refs/zoo').trim()).toBe(first);
  });

  test('remote refs of the shared repository are given once, with the first start', async () => {
    shared(`refs/remotes/up/packed ${first}`, `refs/remotes/up/kept ${first}`);
    world.sharedGit('pack-refs', '--all');
    shared(`refs/remotes/up/loose ${first}`);
    world.sharedGit('symbolic-ref', 'refs/remotes/up/HEAD', 'refs/remotes/up/loose');
    world.git('update-ref', 'refs/remotes/up/kept', second);
    rmSync(own('gitiso/refs-stamp'));
    await look();

    const list = () => world.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/remotes/up');
    const expected = [`HEAD ${first}`, `kept ${second}`, `loose ${first}`, `packed ${first}`];
    expect(list()).toBe(expected.map((line) => `refs/remotes/up/${line}\n`).join(''));
    expect(world.git('symbolic-ref', 'refs/remotes/up/HEAD')).toBe('refs/remotes/up/loose\n');

    world.git('update-ref', '-d', 'refs/remotes/up/packed');
    shared(`refs/remotes/up/loose ${second}`);
    await look();
    expect(list()).not.toContain('packed');
    expect(list()).toContain(`loose ${first}`);
  });
});

describe('what cannot be', () => {
  const breakage: readonly (readonly [string, () => void])[] = [
    ['a stamp of garbage', () => writeFileSync(own('gitiso/refs-stamp'), 'garbage \0\n')],
    [
      'a stamp that lies',
      () => writeFileSync(own('gitiso/refs-stamp'), 'gitiso ref view 1\n1 1 1 1 1 1 \n1 1 heads/../../x\n'),
    ],
    [
      'a stamp that is a folder',
      () => {
        rmSync(own('gitiso/refs-stamp'), { force: true });
        mkdirSync(own('gitiso/refs-stamp'));
      },
    ],
    ['no folder for the stamp', () => rmSync(own('gitiso'), { recursive: true })],
    ['no refs/heads', () => rmSync(own('refs/heads'), { recursive: true })],
    ['no refs/tags', () => rmSync(own('refs/tags'), { recursive: true })],
    ['no packed-refs', () => rmSync(own('packed-refs'))],
    ['no hook', () => rmSync(own('hooks'), { recursive: true })],
    ['a link of another file', () => linkOther()],
    ['a folder that is a link', () => linkFolder()],
  ];

  function linkOther(): void {
    rmSync(own('refs/heads/mine'), { force: true });
    linkSync(own('config'), own('refs/heads/mine'));
  }
  function linkFolder(): void {
    shared(`refs/heads/agent/a1 ${second}`);
    rmSync(own('refs/heads/agent'), { recursive: true, force: true });
    symlinkSync(mkdtempSync(join(world.root, 'elsewhere-')), own('refs/heads/agent'));
  }

  test.each(breakage)('%s is made good', async (_, damage) => {
    damage();
    await look();
    await expectSame();
    expect(readlinkSync(own('hooks/reference-transaction'))).toBe(join(world.gitiso, 'bin/git'));
    rmSync(own('gitiso/refs-stamp'), { recursive: true, force: true });
  });

  test.each([
    ['no refs', 'refs'],
    ['a file in place of refs/heads', 'refs/heads'],
    ['a file in place of the shim’s folder', 'gitiso'],
    ['a file in place of hooks', 'hooks'],
  ])('%s: the shim still becomes git', async (_, name) => {
    const aside = join(world.root, 'aside');
    renameSync(own(name), aside);
    writeFileSync(own(name), 'x');
    const [shim, real] = [
      await world.run(['status']),
      await world.run(['status'], { program: '/usr/bin/git' }),
    ];
    expect(shim).toEqual(real);
    rmSync(own(name));
    renameSync(aside, own(name));
    await expectSame();
  });

  test('a packed-refs that is a folder', async () => {
    rmSync(own('packed-refs'));
    mkdirSync(own('packed-refs'));
    expect((await world.run(['version'])).code).toBe(0);
    rmSync(own('packed-refs'), { recursive: true });
    await expectSame();
  });
});
