/** Which commands reach the daemon, and what it is told: the real shim in a container's layout. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { InvocationSchema } from '../../../../shared/invocation';
import { outcome, startFakeDaemon, type Call, type FakeDaemon } from './fake-daemon';
import { createShimWorld, finished, writeScript, type ShimOptions, type ShimWorld } from './shim-world';

let world: ShimWorld;
let daemon: FakeDaemon;
const isInvocation = new Ajv().compile(InvocationSchema);

beforeAll(async () => {
  world = createShimWorld();
  daemon = await startFakeDaemon(world.socket, () => outcome({ stdout: 'forwarded\n' }));
});
afterAll(async () => {
  await daemon.stop();
  world.remove();
});

/** The call that the command made, or null when it stayed local. */
async function forwarded(args: readonly string[], options?: ShimOptions): Promise<Call | null> {
  const before = daemon.calls.length;
  const { stdout } = await world.run(args, options);
  const call = daemon.calls[before] ?? null;
  expect(stdout.includes('forwarded')).toBe(call !== null);
  return call;
}

describe('in the workspace', () => {
  beforeAll(() => {
    const author = ['-c', 'user.name=Other', '-c', 'user.email=other@example.org'];
    const other = world.sharedGit(...author, 'commit-tree', '-m', 'other', `${world.branch}^{tree}`).trim();
    world.sharedGit('branch', 'same', world.branch);
    world.sharedGit('branch', 'other', other);
  });

  test('git commit is sent as commit.create', async () => {
    const call = await forwarded(['-c', 'a.b=c', '--no-pager', 'commit', '-m', 'x']);

    expect(call?.method).toBe('commit.create');
    isInvocation(call?.params);
    expect(isInvocation.errors).toBeNull();
  });

  test.each([
    [['branch', 'made'], 'agent/a1'],
    [['branch', '-D', 'other'], 'other'],
    [['branch', '--delete', 'same'], 'same'],
    [['-c', 'a.b=c', 'branch', '-q', '-d', '-f', 'other'], 'other'],
  ])('git %j is sent as branch.change, with what the branch stands at', async (args, ref) => {
    const call = await forwarded(args);

    expect(call?.method).toBe('branch.change');
    isInvocation(call?.params);
    expect(isInvocation.errors).toBeNull();
    expect(call?.params).toMatchObject({
      parent: world.sharedGit('rev-parse', ref).trim(),
      prefetched: false,
    });
  });

  test.each([
    [['branch', '-d', 'other']],
    [['branch', 'other']],
    [['branch', '--list', 'other']],
    [['branch', '-v', 'other']],
    [['branch', '-D', 'missing']],
  ])('git %j needs git', async (args) => {
    const before = daemon.calls.length;
    await world.run(args);
    expect(daemon.calls.slice(before).map(({ method }) => method)).not.toContain('branch.change');
  });

  test.each([
    [['status']],
    [['log', '-1']],
    [['branch']],
    [['commit', '--dry-run']],
    [['stash', 'list']],
    [['tag', '-l']],
    [['version']],
    [['--version']],
    [['--help']],
    [['--no-such-option', 'commit']],
    [['no-such-command']],
    [[]],
  ])('git %j is the real git', async (args) => {
    const real = await world.run(args, { program: '/usr/bin/git' });
    expect(await forwarded(args)).toBeNull();
    expect(await world.run(args)).toEqual(real);
  });

  test('a local command prints and exits as the real git does', async () => {
    writeFileSync(join(world.workspace, 'a.txt'), 'changed\n');
    for (const args of [
      ['diff', '--exit-code'],
      ['log', '--oneline'],
      ['rev-parse', 'nothing'],
      ['nonsense'],
    ]) {
      const [real, shim] = [await world.run(args, { program: '/usr/bin/git' }), await world.run(args)];
      expect(shim).toEqual(real);
    }
    writeFileSync(join(world.workspace, 'a.txt'), 'first\n');
  });

  test('the invocation says what the daemon cannot know', async () => {
    mkdirSync(join(world.gitdir, 'rebase-merge'));
    writeScript(join(world.gitdir, 'hooks/pre-commit'), 'exit 0');
    writeFileSync(join(world.gitdir, 'hooks/commit-msg'), 'not executable');

    const call = await forwarded(['-c', 'user.name=A B', '-p', 'commit', '-m', 'two words', '--', 'a.txt'], {
      env: { GIT_AUTHOR_NAME: 'Someone', EDITOR: 'ed', SECRET: 'x', TZ: 'XYZ-05:30', COLUMNS: '77' },
    });
    rmSync(join(world.gitdir, 'rebase-merge'), { recursive: true });
    for (const hook of ['pre-commit', 'commit-msg']) rmSync(join(world.gitdir, 'hooks', hook));

    expect(call?.params).toMatchObject({
      globals: ['-c', 'user.name=A B', '-p'],
      argv: ['commit', '-m', 'two words', '--', 'a.txt'],
      prefix: '',
      env: { GIT_AUTHOR_NAME: 'Someone', EDITOR: 'ed', TZ: 'XYZ-05:30' },
      tty: [false, false, false],
      columns: 77,
      timezone: '+0530',
      head: `ref: ${world.branch}`,
      state: ['rebase-merge'],
      hooks: ['pre-commit', 'commit-msg'],
    });
    expect(Object.keys(call?.params['env'] ?? {}).sort()).toEqual(['EDITOR', 'GIT_AUTHOR_NAME', 'TZ']);
  });

  test('a time zone west of Greenwich and below an hour keeps its sign', async () => {
    expect((await forwarded(['commit'], { env: { TZ: 'XYZ+00:30' } }))?.params['timezone']).toBe('-0030');
  });

  test('bytes that are no UTF-8 arrive one per character', async () => {
    const script = `git commit -m "$(printf 'caf\\351 \\001\\377')"`;
    await finished(world.start(['-c', script], { program: '/bin/sh' }));

    expect(daemon.calls.at(-1)?.params['argv']).toEqual(['commit', '-m', 'caf\u00e9 \u0001\u00ff']);
  });

  test('the configuration stamp is stable, and changes with a file, an option and a variable', async () => {
    const stamp = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
      (await forwarded([...args, 'commit'], { env }))?.params['configStamp'];
    const first = await stamp();
    expect(await stamp()).toBe(first);

    const others = [await stamp(['-c', 'a.b=c']), await stamp([], { GIT_CONFIG_COUNT: '0' })];
    writeFileSync(join(world.env['HOME'] ?? '', '.gitconfig'), '[a]\n\tb = c\n');
    others.push(await stamp());
    rmSync(join(world.env['HOME'] ?? '', '.gitconfig'));

    expect(new Set([first, ...others]).size).toBe(4);
    expect(await stamp(['--config-env=a.b=HOME'])).toBe('');
  });
});

describe('where the command is given', () => {
  test('a subfolder with a space is the prefix', async () => {
    const cwd = join(world.workspace, 'sub folder/deep');
    expect((await forwarded(['commit'], { cwd }))?.params['prefix']).toBe('sub folder/deep/');
  });

  test('-C is followed, several times, and not sent', async () => {
    const call = await forwarded(['-C', 'workspace', '-C', '', '-C', 'sub folder', 'commit'], {
      cwd: world.root,
    });
    expect(call?.params).toMatchObject({ globals: [], prefix: 'sub folder/' });
  });

  test('-C out of the workspace, or to nowhere, is the real git in the folder it was called in', async () => {
    for (const args of [
      ['-C', '..', 'commit'],
      ['-C', 'sub folder', '-C', 'nowhere', 'commit'],
    ]) {
      const [real, shim] = [await world.run(args, { program: '/usr/bin/git' }), await world.run(args)];
      expect(shim).toEqual(real);
      expect(shim.code).toBe(128);
    }
  });

  test('--git-dir and GIT_DIR count when they mean the workspace', async () => {
    const { root, workspace, gitdir } = world;
    expect(
      await forwarded([`--git-dir=${gitdir}`, `--work-tree=${workspace}`, 'commit'], { cwd: root }),
    ).not.toBeNull();
    expect(await forwarded(['--git-dir', join(workspace, '.git'), 'commit'], { cwd: root })).not.toBeNull();
    expect(await forwarded(['commit'], { cwd: root, env: { GIT_DIR: gitdir } })).not.toBeNull();
    expect(await forwarded(['--git-dir=elsewhere', 'commit'])).toBeNull();
    expect(await forwarded(['commit'], { env: { GIT_DIR: '' } })).toBeNull();
  });

  test('a work tree that is named gives the prefix', async () => {
    const cwd = join(world.workspace, 'sub folder/deep');
    const call = await forwarded(['--work-tree', join(world.workspace, 'sub folder'), 'commit'], { cwd });
    expect(call?.params['prefix']).toBe('deep/');
  });

  test('inside the git directory and in a linked work tree commits are git’s own', async () => {
    expect(await forwarded(['commit'], { cwd: world.gitdir })).toBeNull();
    const cwd = join(world.root, 'linked');
    world.git('worktree', 'add', '-q', '--detach', cwd);
    const [real, shim] = [
      await world.run(['commit'], { cwd, program: '/usr/bin/git' }),
      await world.run(['commit'], { cwd }),
    ];
    expect(shim).toEqual(real);
    world.git('worktree', 'remove', cwd);
  });

  test('with ceiling directories the real git decides', async () => {
    const cwd = join(world.workspace, 'sub folder');
    expect(await forwarded(['commit'], { cwd, env: { GIT_CEILING_DIRECTORIES: world.root } })).not.toBeNull();
    expect(
      await forwarded(['commit'], { cwd, env: { GIT_CEILING_DIRECTORIES: world.workspace } }),
    ).toBeNull();
  });

  test('a repository inside the workspace is its own: commits there are plain git', async () => {
    for (const bare of [[], ['--bare']]) {
      const nested = join(world.workspace, 'nested');
      world.git('init', '-q', ...bare, nested);
      const commit = ['-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--allow-empty', '-m', 'own'];
      expect(await forwarded(commit, { cwd: nested })).toBeNull();
      rmSync(nested, { recursive: true });
    }
  });

  test('an empty .git folder on the way does not hide the workspace', async () => {
    const cwd = join(world.workspace, 'half');
    mkdirSync(join(cwd, '.git'), { recursive: true });
    expect((await forwarded(['commit'], { cwd }))?.params['prefix']).toBe('half/');
    rmSync(cwd, { recursive: true });
  });

  test('outside of the workspace it is invisible', async () => {
    const cwd = join(world.root, 'elsewhere');
    execFileSync('/usr/bin/git', ['init', '-q', cwd], { env: world.env });
    const commit = ['-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--allow-empty', '-m', 'own'];
    expect(await forwarded(commit, { cwd })).toBeNull();
    expect(execFileSync('/usr/bin/git', ['log', '--format=%s'], { cwd, env: world.env }).toString()).toBe(
      'own\n',
    );
  });
});

describe('aliases', () => {
  const alias = (name: string, value: string): string[] => ['-c', `alias.${name}=${value}`];

  test('an alias of a forwarded command is forwarded, expanded by git rules', async () => {
    const call = await forwarded([...alias('ci', `commit "-m a" -m 'b  c' -m d\\ e`), 'ci', '-q']);
    expect(call?.params['argv']).toEqual(['commit', '-m a', '-m', 'b  c', '-m', 'd e', '-q']);
  });

  test('aliases of aliases and options inside them are followed', async () => {
    const call = await forwarded([...alias('a', '-c x.y=z b -q'), ...alias('b', 'commit -m x'), 'a']);
    expect(call?.params['argv']).toEqual(['commit', '-m', 'x', '-q']);
    expect((call?.params['globals'] as string[]).slice(-2)).toEqual(['-c', 'x.y=z']);
  });

  test.each([
    [alias('st', 'status'), 'st'],
    [alias('loop', 'loop'), 'loop'],
    [alias('open', 'commit "x'), 'open'],
    [alias('away', '-C / commit'), 'away'],
    [alias('h', 'commit -h'), 'h'],
  ])('with %j, %s is what the real git makes of it', async (options, name) => {
    const args = [...options, name];
    const [real, shim] = [await world.run(args, { program: '/usr/bin/git' }), await world.run(args)];
    expect(shim).toEqual(real);
  });

  test('an alias in a configuration file works from a subfolder', async () => {
    world.git('config', 'alias.save', 'commit');
    const call = await forwarded(['save', '-m', 'x'], { cwd: join(world.workspace, 'sub folder') });
    expect(call?.params).toMatchObject({ argv: ['commit', '-m', 'x'], prefix: 'sub folder/' });
  });

  test('a shell alias runs at the top with GIT_PREFIX and the shim first in PATH', async () => {
    const value = '!pwd; echo "$GIT_PREFIX"; git config --get x.y; git commit -m';
    const before = daemon.calls.length;
    const { stdout } = await world.run(['-c', "x.y=it's!", ...alias('go', value), 'go', 'a b'], {
      cwd: join(world.workspace, 'sub folder'),
    });

    expect(stdout).toBe(`${world.workspace}\nsub folder/\nit's!\nforwarded\n`);
    expect(daemon.calls[before]?.params).toMatchObject({ argv: ['commit', '-m', 'a b'], prefix: '' });
  });

  test('an external command wins over an alias, as in git', async () => {
    const bin = join(world.root, 'externals');
    mkdirSync(bin);
    writeScript(join(bin, 'git-ci'), 'echo external "$@"');
    const { stdout } = await world.run([...alias('ci', 'commit'), 'ci', 'x'], {
      env: { PATH: `${world.env['PATH'] ?? ''}:${bin}` },
    });
    expect(stdout).toBe('external x\n');
  });
});

describe('finding the real git', () => {
  const shim = (): string => join(world.gitiso, 'bin/git');

  test('by absolute path, with nothing useful in PATH', async () => {
    expect(
      (await world.run(['version'], { program: shim(), env: { PATH: '/nonexistent:' } })).stdout,
    ).toMatch(/^git version/);
    expect((await world.run(['version'], { program: shim(), env: { PATH: '' } })).stdout).toMatch(
      /^git version/,
    );
  });

  test('a hard link, a symbolic link and a copy of the shim in PATH are passed over', async () => {
    const folders = ['copy', 'symlink'].map((name) => join(world.root, name));
    for (const folder of folders) mkdirSync(folder);
    copyFileSync(shim(), join(folders[0] ?? '', 'git'));
    chmodSync(join(folders[0] ?? '', 'git'), 0o755);
    symlinkSync(shim(), join(folders[1] ?? '', 'git'));
    const PATH = [...folders, join(world.gitiso, 'bin'), '/usr/bin'].join(':');

    for (const program of ['git', join(folders[0] ?? '', 'git')]) {
      expect((await world.run(['version'], { program, env: { PATH } })).stdout).toMatch(/^git version/);
    }
  });

  test('a wrapper script named git further on in PATH is used', async () => {
    const bin = join(world.root, 'wrapper');
    mkdirSync(bin);
    writeScript(join(bin, 'git'), 'echo "wrapped $*"');
    const PATH = `${join(world.gitiso, 'bin')}:${bin}`;
    expect((await world.run(['status', '-s'], { env: { PATH } })).stdout).toBe('wrapped status -s\n');
  });

  test('called git-upload-pack it is the real git under that name', async () => {
    const script = `exec -a git-upload-pack git --help`;
    const result = await finished(world.start(['-c', script], { program: '/bin/bash' }));
    expect(result.stderr + result.stdout).toContain('upload-pack');
  });
});

describe('without a daemon', () => {
  test('all but git commit works; that says so and exit with 128', async () => {
    await daemon.stop();

    expect((await world.run(['status', '-s'])).code).toBe(0);
    expect(await world.run(['commit', '-m', 'x'])).toEqual({
      code: 128,
      signal: null,
      stdout: '',
      stderr:
        `fatal: gitiso: the daemon does not answer on ${world.socket}\n` +
        'hint: local git commands work meanwhile; try again when it is back\n',
    });
    daemon = await startFakeDaemon(world.socket, () => outcome({ stdout: 'forwarded\n' }));
  });

  test('where there is no gitiso it is the real git', async () => {
    await daemon.stop();
    rmSync(join(world.gitiso, 'run'), { recursive: true });

    const args = [
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@y',
      'commit',
      '--allow-empty',
      '-q',
      '-m',
      'plain',
    ];
    expect((await world.run(args)).stderr).toBe('');
    expect(world.git('log', '-1', '--format=%s')).toBe('plain\n');

    mkdirSync(join(world.gitiso, 'run'));
    expect(existsSync(world.socket)).toBe(false);
    daemon = await startFakeDaemon(world.socket, () => outcome({ stdout: 'forwarded\n' }));
  });
});
