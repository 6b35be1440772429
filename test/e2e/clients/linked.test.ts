/** Repositories beside the workspace's: linked work trees, submodules from a local path, nested and foreign repositories. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ policy: { gitlinks: 'allow' } });
});

describe('a linked work tree', () => {
  test('has a branch of its own, whose commits the daemon has', async () => {
    await bench.ok(
      'git worktree add -q -b linked ../wt main && cd ../wt && echo linked >l && git add l && git commit -q -m linked',
    );
    expect(await bench.inHostRepository('log', '-1', '--format=%s', 'linked')).toBe('linked');
    expect(
      await bench.ok('cd ../wt && git status --short --branch && git rev-parse --git-dir --git-common-dir'),
    ).toBe('## linked\n/workspace/.git/worktrees/wt\n/workspace/.git');
    expect(
      await bench.ok('git status --short --branch && git worktree list --porcelain | grep ^branch'),
    ).toContain('branch refs/heads/agent/a\nbranch refs/heads/linked');
  });

  test('rebases, stashes and merges by itself', async () => {
    await bench.ok(`echo main >>a && git commit -q -a -m here && cd ../wt && git rebase -q agent/a &&
      echo more >>l && git stash -q && git stash pop -q && git commit -q -a -m more`);
    await bench.ok('git merge -q --no-edit linked');
    expect(await bench.inHostRepository('log', '--format=%s', 'main..agent/a')).toBe('more\nlinked\nhere');
  });

  test('cannot move what the agent may not move, and is removed without a trace', async () => {
    const before = await bench.hostBranch('main');
    expect((await bench.run('cd ../wt && git branch -f main HEAD')).exitCode).not.toBe(0);
    expect(await bench.hostBranch('main')).toBe(before);
    await bench.ok('git worktree remove ../wt && git branch -q -d linked');
    expect(await bench.hostBranch('linked')).toBeNull();
    expect(await bench.ok('git worktree list | wc -l')).toBe('1');
  });
});

describe('a submodule from a local path', () => {
  test('is added, committed, changed and updated', async () => {
    await bench.ok(`git init -q -b main /tmp/library && cd /tmp/library && git config user.name l && git config user.email l@x &&
      echo 1 >lib && git add lib && git commit -q -m one`);
    await bench.ok(
      'git -c protocol.file.allow=always submodule add -q /tmp/library library && git commit -q -m "add library"',
    );
    expect(await bench.inHostRepository('ls-tree', 'agent/a', 'library')).toMatch(/^160000 commit /);
    await bench.ok(`cd library && git config user.name l && git config user.email l@x && echo 2 >lib && git commit -q -a -m two &&
      git push -q origin HEAD:refs/heads/two && git log --format=%s | head -1`);
    expect(await bench.ok('git status --short && git submodule summary | tail -2 | head -1')).toBe(
      ' M library\n  > two',
    );
    await bench.ok('git commit -q -a -m "move library" && git submodule deinit -q -f library');
    await bench.ok('git -c protocol.file.allow=always submodule update --init -q');
    expect(await bench.ok('cat library/lib && git submodule status')).toMatch(/^2\n [0-9a-f]{40} library/);
  });
});

describe('repositories that are not gitiso’s', () => {
  test('a nested one keeps its commits and branches to itself', async () => {
    await bench.ok(`git init -q nested && cd nested && git config user.name n && git config user.email n@x &&
      echo n >n && git add n && git commit -q -m nested && git branch only-here && git tag nested-tag && git rev-parse --show-toplevel`);
    expect(await bench.ok('git branch --list only-here && git status --short')).toBe('?? nested/');
    expect(await bench.hostBranch('only-here')).toBeNull();
    await bench.ok('rm -rf nested');
  });

  test('one elsewhere, a clone of the workspace and GIT_DIR work as without gitiso', async () => {
    const script = `git clone -q /workspace /tmp/clone && cd /tmp/clone && git config user.name a && git config user.email a@agents.gitiso.invalid &&
      git commit -q --allow-empty -m 'in the clone' && git checkout -q -b protected-not-here && git branch -f main HEAD
      GIT_DIR=/tmp/clone/.git git -C /workspace log -1 --format=%s; cd /workspace && git log -1 --format=%s`;
    expect(await bench.ok(script)).toBe('in the clone\nmove library');
    const tip = await bench.hostBranch('agent/a');
    await bench.ok('cd /tmp/clone && git push -q origin HEAD:refs/heads/from-clone');
    expect(await bench.inHostRepository('log', '-1', '--format=%s', 'from-clone')).toBe('in the clone');
    expect(await bench.hostBranch('agent/a')).toBe(tip);
    await bench.check();
  });
});
