/** core.hooksPath: the project's hooks run as git would run them, and the daemon is asked all the same. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRefKeeper, type RefKeeper } from './ref-keeper';
import { createShimWorld, writeScript, type ShimWorld } from './shim-world';

let world: ShimWorld;
let keeper: RefKeeper;
let log: string;

beforeAll(async () => {
  world = createShimWorld();
  keeper = await startRefKeeper(world);
  world.git('config', 'user.name', 'A');
  world.git('config', 'user.email', 'a@example.org');
  log = join(world.root, 'log');
});
afterAll(async () => {
  await keeper.stop();
  world.remove();
});
beforeEach(() => {
  keeper.clear();
});
afterEach(() => {
  world.git('config', '--unset-all', 'core.hooksPath');
  rmSync(log, { force: true });
});

const logged = (): string => readFileSync(log, 'utf8');
const commit = ['commit', '-q', '--allow-empty', '-m', 'x'];

function useFolder(folder: string, hooks: Readonly<Record<string, readonly string[]>>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, lines] of Object.entries(hooks)) writeScript(join(folder, name), ...lines);
}

test('a relative folder: each hook with its own path, folder and arguments, and the exit code counts', async () => {
  useFolder(join(world.workspace, '.husky'), {
    'pre-commit': [`echo "$0 $(pwd) $*" >>${log}`],
    'commit-msg': [`echo "$0 $*" >>${log}`, '! grep -q bad "$1"'],
    'post-checkout': [`echo "$0 $#" >>${log}`],
    helper: ['exit 1'],
  });
  world.git('config', 'core.hooksPath', '.husky');

  expect((await world.run(commit, { cwd: join(world.workspace, 'sub folder') })).code).toBe(0);
  expect(logged()).toBe(`.husky/pre-commit ${world.workspace} \n.husky/commit-msg .git/COMMIT_EDITMSG\n`);
  expect(keeper.proposals).toHaveLength(1);

  expect((await world.run(['commit', '-q', '--allow-empty', '-m', 'bad'])).code).toBe(1);
  expect(keeper.proposals).toHaveLength(1);

  rmSync(log);
  expect((await world.run(['checkout', '-q', '-b', 'by-hook'])).code).toBe(0);
  expect(logged()).toBe('.husky/post-checkout 3\n');
  expect(world.sharedGit('rev-parse', 'refs/heads/by-hook')).toBe(world.git('rev-parse', 'HEAD'));
});

test('the same as without the shim, byte for byte', async () => {
  useFolder(join(world.workspace, '.husky'), {
    'pre-commit': [`{ echo "$0"; cat; env | grep ^GIT_ | grep -v DATE | sort; } >${log}`],
  });
  world.git('config', 'core.hooksPath', '.husky');
  await world.run(commit);
  // git hands what -c says on in this variable: it is all that shows.
  const seen = logged().replace(/^GIT_CONFIG_PARAMETERS=.*\n/m, '');
  await world.run(commit, { program: '/usr/bin/git' });
  expect(seen).toBe(logged());

  // Without the shim the daemon hears of it with the next command.
  await world.run(['version']);
  expect(keeper.proposals.map(({ origin }) => origin)).toEqual(['hook', 'view']);
});

test('hooks that come, go and lose their right to run are followed', async () => {
  const folder = join(world.root, 'absolute hooks');
  useFolder(folder, { 'pre-commit': [`echo one >>${log}`] });
  world.git('config', 'core.hooksPath', folder);
  await world.run(commit);
  writeScript(join(folder, 'post-commit'), `echo "$0" >>${log}`);
  chmodSync(join(folder, 'pre-commit'), 0o644);
  await world.run(commit);
  rmSync(join(folder, 'post-commit'));
  await world.run(commit);

  expect(logged()).toBe(`one\n${folder}/post-commit\n`);
  expect(keeper.proposals).toHaveLength(3);
});

test('a reference-transaction in the folder is run too, and can refuse', async () => {
  useFolder(join(world.workspace, '.husky'), {
    'reference-transaction': [`echo "$0 $1" >>${log}`, '! grep -q never'],
  });
  world.git('config', 'core.hooksPath', '.husky');
  expect((await world.run(['branch', 'allowed'])).code).toBe(0);
  expect(logged()).toBe('.husky/reference-transaction prepared\n.husky/reference-transaction committed\n');
  keeper.clear();
  expect((await world.run(['branch', 'never'])).code).toBe(128);
  expect(keeper.proposals).toEqual([]);
});

test.each([
  ['a folder that is not there', 'nowhere'],
  ['/dev/null', '/dev/null'],
  ['one below HOME', '~/hooks'],
])('%s is no way around the daemon', async (_, path) => {
  useFolder(join(world.env['HOME'] ?? '', 'hooks'), { 'pre-commit': [`echo "$0" >${log}`] });
  world.git('config', 'core.hooksPath', path);
  expect((await world.run(commit)).code).toBe(0);
  expect(keeper.proposals).toHaveLength(1);
  expect(existsSync(log)).toBe(path.startsWith('~'));
});

test('it is noticed wherever it is set', async () => {
  const folder = join(world.root, 'hooks');
  useFolder(folder, { 'pre-commit': [`echo "$0" >>${log}`] });
  const home = world.env['HOME'] ?? '';
  const setting = `[core]\n\thooksPath = ${folder}\n`;
  const expectHook = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    rmSync(log, { force: true });
    keeper.clear();
    expect((await world.run([...args, ...commit], { env })).code).toBe(0);
    expect([existsSync(log), keeper.proposals.length]).toEqual([true, 1]);
  };
  await expectHook(['-c', `core.hooksPath=${folder}`]);
  const variables = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.hookspath', GIT_CONFIG_VALUE_0: folder };
  await expectHook([], variables);
  writeFileSync(join(home, '.gitconfig'), setting);
  await expectHook();
  writeFileSync(join(home, '.gitconfig'), '[include]\n\tpath = more\n');
  writeFileSync(join(home, 'more'), setting);
  await expectHook();
  // Included files are not stamped: still it counts at once.
  writeFileSync(join(home, 'more'), '');
  rmSync(log);
  await world.run(commit);
  expect(existsSync(log)).toBe(false);
  rmSync(join(home, '.gitconfig'));
  world.git('config', 'core.hooksPath', 'x');
});

test('in a linked work tree a relative folder is that of the linked one', async () => {
  const cwd = join(world.root, 'linked');
  await world.run(['worktree', 'add', '-q', '-b', 'linked', cwd]);
  world.git('config', 'core.hooksPath', '.husky');
  useFolder(join(cwd, '.husky'), { 'pre-commit': [`echo "$0 $(pwd)" >${log}`] });
  keeper.clear();

  expect((await world.run(commit, { cwd })).code).toBe(0);
  expect(logged()).toBe(`.husky/pre-commit ${cwd}\n`);
  expect(keeper.proposals).toHaveLength(1);
});

test('hooks and aliases that call git again ask once for each change', async () => {
  useFolder(join(world.workspace, '.husky'), {
    'post-commit': ['git tag -f from-hook', 'git branch -f kept'],
  });
  world.git('config', 'core.hooksPath', '.husky');
  expect((await world.run(['-c', 'alias.ci=commit -q --allow-empty', 'ci', '-m', 'x'])).code).toBe(0);
  expect(keeper.proposals.flatMap(({ updates }) => updates.map(({ ref }) => ref))).toEqual([
    world.git('symbolic-ref', 'HEAD').trim(),
    'refs/tags/from-hook',
    'refs/heads/kept',
  ]);
});

test('clone, and git in a repository of its own, know nothing of it', async () => {
  useFolder(join(world.workspace, '.husky'), { 'post-checkout': [`echo ran >${log}`] });
  world.git('config', 'core.hooksPath', '.husky');
  const target = join(world.root, 'target');
  expect((await world.run(['clone', '-q', '.', target])).code).toBe(0);
  expect(existsSync(log)).toBe(false);
  expect((await world.run(['branch', 'here'], { cwd: target })).code).toBe(0);
  expect(keeper.proposals).toEqual([]);
});
