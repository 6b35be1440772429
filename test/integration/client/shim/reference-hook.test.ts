/** Real git in the workspace, its reference-transaction hook, and a daemon that keeps the shared repository. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { parseLooseFiles } from '../../../../daemon/commit/offered-blobs';
import { startRefKeeper, type Proposal, type RefKeeper } from './ref-keeper';
import { createShimWorld, finished, writeScript, type ShimResult, type ShimWorld } from './shim-world';

let world: ShimWorld;
let keeper: RefKeeper;
const zero = '0'.repeat(40);

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

/** A command that must succeed. */
async function git(...args: string[]): Promise<string> {
  const result = await world.run(args);
  if (result.code !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}
const id = (name: string): string => world.git('rev-parse', name).trim();
const sharedId = (ref: string): string => world.sharedGit('rev-parse', '--verify', '-q', ref).trim();
const isShared = (ref: string): boolean => world.sharedGit('for-each-ref', ref) !== '';
const isKnown = (ref: string): boolean => world.git('for-each-ref', ref) !== '';
const isLink = (ref: string): boolean => lstatSync(join(world.gitdir, ref)).isSymbolicLink();
const updates = (): readonly Proposal['updates'][number][] =>
  keeper.proposals.flatMap((proposal) => proposal.updates);
const proposed = (): readonly string[] => updates().map(({ ref }) => ref);

function change(name: string, text: string): void {
  writeFileSync(join(world.workspace, name), text);
}
async function commit(text: string): Promise<string> {
  change('a.txt', text);
  await git('commit', '-q', '-a', '-m', text);
  return id('HEAD');
}

describe('a change of a shared ref is proposed, and seen by everybody then', () => {
  test('commit', async () => {
    const before = id('HEAD');
    const after = await commit('one');

    expect(keeper.proposals).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f]{32}$/),
        updates: [{ ref: world.branch, old: before, new: after }],
        argv: ['git', 'commit', '-q', '-a', '-m', 'one'],
        origin: 'hook',
      },
    ]);
    expect(sharedId(world.branch)).toBe(after);
    expect(isLink(world.branch)).toBe(true);
    world.sharedGit('fsck', '--strict');
  });

  test('branch: new, renamed, copied, forced over another, deleted', async () => {
    await git('branch', 'b1');
    await git('branch', '-m', 'b1', 'b2');
    await git('branch', '-c', 'b2', 'b3');
    const newer = await commit('two');
    await git('branch', 'b4');
    await git('branch', '-C', 'b4', 'b3');
    expect(['b1', 'b2', 'b3', 'b4'].map((name) => isShared(`refs/heads/${name}`))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(sharedId('refs/heads/b3')).toBe(newer);
    expect(keeper.proposals.map(({ origin }) => origin)).toEqual([
      ...['hook', 'hook', 'view', 'hook', 'hook', 'view'],
    ]);

    await git('branch', '-D', 'b2', 'b3', 'b4');
    expect(world.sharedGit('for-each-ref', 'refs/heads/b*')).toBe('');
    expect(world.git('for-each-ref', 'refs/heads/b*')).toBe('');
  });

  test('tag: light, annotated, deleted, one that was packed', async () => {
    await git('tag', 'light');
    await git('tag', '-a', '-m', 'x', 'heavy');
    expect(sharedId('refs/tags/heavy')).toBe(id('heavy'));
    world.sharedGit('pack-refs', '--all');
    keeper.clear();

    await git('tag', '-d', 'light', 'heavy');
    expect(world.sharedGit('for-each-ref', 'refs/tags')).toBe('');
    expect([...proposed()].sort()).toEqual(['refs/tags/heavy', 'refs/tags/light']);
  });

  test('rebase, merge, reset: one proposal for each move of the branch', async () => {
    await git('checkout', '-q', '-b', 'side');
    await commit('three');
    await commit('four');
    await git('checkout', '-q', 'agent/a1');
    change('other.txt', 'x');
    await git('add', 'other.txt');
    await git('commit', '-q', '-m', 'beside');
    await git('checkout', '-q', 'side');
    keeper.clear();

    await git('rebase', '-q', 'agent/a1');
    expect(proposed()).toEqual(['refs/heads/side']);
    await git('checkout', '-q', 'agent/a1');
    await git('merge', '-q', 'side');
    await git('reset', '-q', '--hard', 'HEAD~1');
    expect(proposed()).toEqual(['refs/heads/side', world.branch, world.branch]);
    expect(sharedId(world.branch)).toBe(id('HEAD'));
    world.sharedGit('fsck', '--strict');
  });

  test('a linked work tree has its own HEAD and the same branches', async () => {
    const cwd = join(world.root, 'linked');
    await git('worktree', 'add', '-q', '-b', 'linked', cwd);
    const options = { cwd, env: { GIT_AUTHOR_NAME: 'L' } };
    expect(await world.run(['commit', '-q', '--allow-empty', '-m', 'there'], options)).toMatchObject({
      code: 0,
    });
    expect(proposed()).toEqual(['refs/heads/linked', 'refs/heads/linked']);
    expect(world.sharedGit('log', '-1', '--format=%s%an', 'linked')).toBe('thereL\n');
    await git('worktree', 'remove', cwd);
  });

  test('a push from another repository of the container', async () => {
    const cwd = join(world.root, 'clone');
    world.git('clone', '-q', '.', cwd);
    const push = ['push', '-q', 'origin', 'HEAD:refs/heads/pushed'];
    expect(await world.run(push, { cwd })).toMatchObject({ code: 0, stderr: '' });
    expect(proposed()).toEqual(['refs/heads/pushed']);
    expect(sharedId('refs/heads/pushed')).toBe(id('HEAD'));
  });
});

describe('new objects', () => {
  const offered = (): readonly string[] =>
    keeper.offers.flat().flatMap((list) => parseLooseFiles(list, () => true).map((file) => file.id));
  const between = (older: string, newer: string): readonly string[] =>
    world.git('rev-list', '--objects', '--no-object-names', newer, `^${older}`).trim().split('\n');

  test('go with the proposal, each as git wrote it and none that is there already', async () => {
    const before = id('HEAD');
    mkdirSync(join(world.workspace, 'deep/er'), { recursive: true });
    for (let n = 0; n < 20; n += 1) change(`deep/er/${String(n)}.txt`, `${String(n)}\n`.repeat(n * 200));
    await git('add', '.');
    await git('commit', '-q', '-m', 'many');
    const files = keeper.offers.flat().flatMap((list) => parseLooseFiles(list, () => true));
    expect(files.map((file) => file.id).sort()).toEqual([...between(before, 'HEAD')].sort());
    for (const { id: name, bytes } of files)
      expect(createHash('sha1').update(inflateSync(bytes)).digest('hex')).toBe(name);
    keeper.clear();

    await git('branch', 'at-the-same');
    expect(keeper.offers).toEqual([[]]);
  });

  test('of several commits and an annotated tag go together', async () => {
    const before = id('HEAD');
    await git('checkout', '-q', '--detach');
    for (const text of ['o1', 'o2', 'o3']) await commit(text);
    await git('tag', '-a', '-m', 'x', 'with-objects');
    expect([...offered()].sort()).toEqual([...between(before, 'with-objects')].sort());
    await git('checkout', '-q', 'agent/a1');
  });

  test('that are many, or in packs, are left to be asked for', async () => {
    for (let n = 0; n < 201; n += 1) change(`many-${String(n)}`, String(n));
    await git('add', '.');
    await git('commit', '-q', '-m', 'very many');
    expect(keeper.offers).toEqual([[]]);
    expect(sharedId(world.branch)).toBe(id('HEAD'));
  });
});

describe('nothing is asked', () => {
  test('about private refs, a detached HEAD and updates that change nothing', async () => {
    change('a.txt', 'dirty');
    await git('stash', '-q');
    await git('stash', 'pop', '-q');
    await git('notes', 'add', '-m', 'note');
    await git('reset', '-q', '--hard');
    await git('update-ref', 'refs/remotes/origin/x', 'HEAD');
    await git('symbolic-ref', 'refs/heads/sym', world.branch);
    await git('symbolic-ref', '-d', 'refs/heads/sym');
    await git('checkout', '-q', '--detach');
    await git('commit', '-q', '--allow-empty', '-m', 'nowhere');
    await git('bisect', 'start', 'HEAD', 'HEAD~2');
    await git('bisect', 'reset');
    await git('checkout', '-q', 'agent/a1');
    expect(updates()).toEqual([]);
  });

  test('by git when it packs: gc, repack, pack-refs lose and tell nothing', async () => {
    const before = world.git('for-each-ref');
    for (const args of [['gc', '-q'], ['pack-refs', '--all'], ['repack', '-adq'], ['prune']]) {
      await git(...args);
      await git('version');
      expect(world.git('for-each-ref')).toBe(before);
    }
    expect(updates()).toEqual([]);
    world.git('fsck', '--strict');
  });

  test('in repositories that are not the daemon’s', async () => {
    const plain = join(world.root, 'plain');
    const nested = join(world.workspace, 'nested');
    const hook = join(world.gitdir, 'hooks');
    for (const cwd of [plain, nested]) {
      world.git('init', '-q', cwd);
      const options = { cwd, env: { GIT_AUTHOR_NAME: 'X' } };
      const config = ['-c', 'user.name=x', '-c', 'user.email=x@y'];
      for (const more of [[], ['-c', `core.hooksPath=${hook}`]]) {
        const args = [...config, ...more, 'commit', '-q', '--allow-empty', '-m', 'own'];
        expect(await world.run(args, options)).toMatchObject({ code: 0, stderr: '' });
        expect(await world.run(['branch', `b${String(more.length)}`], options)).toMatchObject({ code: 0 });
      }
      expect(existsSync(join(cwd, '.git/gitiso'))).toBe(false);
      rmSync(cwd, { recursive: true });
    }
    expect(updates()).toEqual([]);
  });
});

describe('a refusal', () => {
  const refuse = (part: string): void => {
    keeper.refuses = (proposal) => proposal.updates.some(({ ref }) => ref.includes(part));
  };

  test('stops git, which says so after the daemon', async () => {
    refuse('agent/a1');
    const before = world.git('rev-parse', 'HEAD');
    const result = await world.run(['commit', '-q', '--allow-empty', '-m', 'x']);
    expect(result).toMatchObject({
      code: 128,
      stderr: `error: gitiso: ${world.branch}: not allowed (test-rule)\nfatal: ref updates aborted by hook\n`,
    });
    expect(world.git('rev-parse', 'HEAD')).toBe(before);
  });

  test.each([
    ['loose', 'doomed'],
    ['packed', 'doomed-packed'],
  ])('of one of several refs changes none, a deletion of a %s one included', async (kind, name) => {
    await git('branch', name);
    if (kind === 'packed') world.sharedGit('pack-refs', '--all');
    refuse('forbidden');
    keeper.clear();
    const input = `delete refs/heads/${name}\ncreate refs/heads/free HEAD\ncreate refs/heads/forbidden HEAD\n`;

    const result = await world.run(['update-ref', '--stdin'], { input: Buffer.from(input) });

    expect(result.code).toBe(128);
    expect(keeper.proposals).toHaveLength(1);
    for (const git_ of [world.git, world.sharedGit]) {
      const list = git_('for-each-ref', '--format=%(refname:short)', 'refs/heads');
      expect(list).toContain(`${name}\n`);
      expect(list).not.toMatch(/free|forbidden/);
    }
  });

  test.each([
    ['the current branch', ''],
    ['another branch', 'kept'],
  ])('of a rename of %s leaves its reflog where it was', async (_which, name) => {
    if (name !== '') await git('branch', name);
    const branch = name === '' ? world.branch : `refs/heads/${name}`;
    const before = await git('reflog', 'show', branch);
    expect(before).not.toBe('');
    refuse(name === '' ? 'agent/a1' : name);

    expect((await world.run(['branch', '-m', ...(name === '' ? [] : [name]), 'other'])).code).toBe(128);

    expect(await git('reflog', 'show', branch)).toBe(before);
    keeper.refuses = () => false;
    await git('branch', '-c', 'copied-after-refusal');
    await git('branch', '-D', 'copied-after-refusal');
  });

  test('and acceptance of several refs are one decision each', async () => {
    const input = 'delete refs/heads/doomed-packed\ncreate refs/heads/free HEAD\n';
    expect((await world.run(['update-ref', '--stdin'], { input: Buffer.from(input) })).code).toBe(0);
    expect(keeper.proposals).toHaveLength(1);
    expect(updates().map(({ ref, new: target }) => [ref, target === zero])).toEqual([
      ['refs/heads/doomed-packed', true],
      ['refs/heads/free', false],
    ]);
    expect(readdirSync(join(world.gitdir, 'gitiso'))).toEqual(['hooks-path', 'refs-stamp', 'single-0']);
  });
});

describe('what git reports is not always what it does', () => {
  const script = (...lines: string[]) =>
    world.run(['update-ref', '--stdin'], { input: Buffer.from(lines.map((line) => `${line}\n`).join('')) });

  test.each([['abort'], ['the end of its input']])('a prepared transaction may end in %s', async (end) => {
    const before = world.sharedGit('for-each-ref');
    await script('start', 'create refs/heads/given-up HEAD', 'prepare', ...(end === 'abort' ? [end] : []));
    expect(keeper.proposals.map(({ origin, key }) => [origin, key])).toEqual([
      ['hook', keeper.proposals[0]?.key],
      ['undo', keeper.proposals[0]?.key],
    ]);
    await git('version');
    expect(world.sharedGit('for-each-ref')).toBe(before);
    expect(isKnown('refs/heads/given-up')).toBe(false);
  });

  test('a ref that is only compared is not deleted', async () => {
    await git('branch', 'compared');
    await script('verify refs/heads/compared HEAD', 'create refs/heads/made HEAD');
    expect([isShared('refs/heads/compared'), isShared('refs/heads/made')]).toEqual([true, true]);
  });
});

describe('hooks of the project', () => {
  const hook = (name: string, ...lines: string[]): void => {
    writeScript(join(world.gitdir, 'hooks', name), ...lines);
  };
  const log = (): string => join(world.root, 'hook-log');
  afterEach(() => {
    for (const name of ['pre-commit', 'reference-transaction.project']) {
      rmSync(join(world.gitdir, 'hooks', name), { force: true });
    }
    rmSync(log(), { force: true });
  });

  test('see no variable that plain git would not set', async () => {
    hook('pre-commit', `env | grep -E '^(GIT_|GITISO)' | sort >${log()}`);
    await git('commit', '-q', '--allow-empty', '-m', 'x');
    const seen = readFileSync(log(), 'utf8');
    const options = { program: '/usr/bin/git' };
    await world.run(['commit', '-q', '--allow-empty', '-m', 'x'], options);
    const withoutDates = (text: string) => text.replace(/^GIT_AUTHOR_DATE=.*$/m, '');
    expect(withoutDates(seen)).toBe(withoutDates(readFileSync(log(), 'utf8')));
    expect(seen).not.toContain('GIT_DIR=');
  });

  test('a reference-transaction of its own is kept, asked first, and can refuse', async () => {
    rmSync(join(world.gitdir, 'hooks/reference-transaction'));
    hook(
      'reference-transaction',
      `{ echo "$1"; cat; } >>${log()}`,
      '! grep -q refused <<END',
      '$(tail -n 1 ' + log() + ')',
      'END',
    );
    const before = id('HEAD');
    await git('branch', 'own-hook');
    expect(readFileSync(log(), 'utf8')).toBe(
      ['prepared', 'committed'].map((state) => `${state}\n${zero} ${before} refs/heads/own-hook\n`).join(''),
    );
    keeper.clear();

    expect((await world.run(['branch', 'refused'])).code).toBe(128);
    expect(updates()).toEqual([]);
    expect(isShared('refs/heads/refused')).toBe(false);
  });

  test('a shared ref that can not be read any more is not taken for one that nobody has', async () => {
    await git('branch', 'unreadable');
    keeper.clear();
    // The disk fails between git's look at the ref and the hook's.
    const file = join(world.shared, 'refs/heads/unreadable');
    hook('reference-transaction.project', `[ "$1" != prepared ] || ln -sf unreadable ${file}`);
    expect((await world.run(['branch', '-D', 'unreadable'])).code).not.toBe(0);
    expect(proposed()).toEqual(['refs/heads/unreadable']);
    rmSync(file);
  });
});

describe('without an answer', () => {
  test('nothing is changed while there is no daemon', async () => {
    await keeper.stop();
    expect(await world.run(['branch', 'lost'])).toMatchObject({
      code: 128,
      stderr: expect.stringMatching(/^fatal: gitiso: the daemon does not answer on /) as string,
    });
    const { code, stderr } = await world.run(['branch', 'lost', 'HEAD']);
    expect(code).toBe(128);
    expect(stderr).toBe(
      'fatal: gitiso: the daemon can not be reached; nothing was changed\n' +
        'hint: try again when it is back\n' +
        'fatal: ref updates aborted by hook\n',
    );
    keeper = await startRefKeeper(world);
    expect(world.git('branch', '--list', 'lost')).toBe('');
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'a git that ends of %s takes its hook along',
    async (signal) => {
      let isAsked: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      const handle = keeper.handle;
      keeper.handle = () => {
        isAsked();
        return 'none';
      };
      const ended = keeper.nextEnd();
      const child = world.start(['branch', `waits-${signal}`, 'HEAD']);
      const result: Promise<ShimResult> = finished(child);
      await asked;
      child.kill(signal);
      expect((await result).signal).toBe(signal);
      await ended;
      keeper.handle = handle;
      rmSync(join(world.gitdir, `refs/heads/waits-${signal}.lock`), { force: true });
    },
  );
});
