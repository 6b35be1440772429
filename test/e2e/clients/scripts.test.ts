/** What shell scripts around git do: prompts, release scripts, wrappers like gh and hub, tools that look into .git. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ agents: ['a', 'b'] });
});

test('find the branch, the top of the work tree and the git directory as in a plain clone', async () => {
  const script = `git symbolic-ref --short HEAD; git rev-parse --abbrev-ref HEAD; git branch --show-current
    cd dir && git rev-parse --show-toplevel --git-dir --show-prefix --is-inside-work-tree --git-common-dir; git rev-parse --git-path hooks
    cd .. && git rev-parse --git-dir --absolute-git-dir
    [ -d .git ] && [ ! -L .git ] && echo directory; [ -z "$GIT_DIR" ] && echo unset
    cat .git/HEAD; [ -e .git/MERGE_HEAD ] || echo 'no merge'`;
  expect(await bench.ok(script)).toBe(
    [
      ...['agent/a', 'agent/a', 'agent/a'],
      ...['/workspace', '/workspace/.git', 'dir/', 'true', '../.git', '../.git/hooks'],
      ...['.git', '/workspace/.git', 'directory', 'unset', 'ref: refs/heads/agent/a', 'no merge'],
    ].join('\n'),
  );
});

test('a prompt shows branch, changes and an operation under way', async () => {
  const prompt = `. /usr/lib/git-core/git-sh-prompt; GIT_PS1_SHOWDIRTYSTATE=1 GIT_PS1_SHOWSTASHSTATE=1 GIT_PS1_SHOWUNTRACKEDFILES=1`;
  const script = `bash -c '${prompt}; __git_ps1 "%s"; echo; echo x >>a; >new; git stash -q; echo y >>a; git add a; __git_ps1 "%s"; echo
    git checkout -q -f HEAD -- a; git bisect start -q HEAD HEAD~1 >/dev/null; __git_ps1 "%s"; echo; git bisect reset -q; git stash drop -q; rm new'`;
  expect(await bench.ok(script)).toBe('agent/a\nagent/a +$%\nagent/a $%|BISECTING');
});

test('a wrapper finds its settings and makes a topic branch', async () => {
  const script = `git config alias.topic '!f() { git -c advice.detachedHead=false checkout -q -b "topic/$1" origin/main --no-track && git config "branch.topic/$1.note" "$1"; }; f'
    git topic one && git config --get-regexp '^branch\\.topic/one\\.' && git config --get-regexp '^remote\\..*\\.url$' | cut -d ' ' -f 1
    git for-each-ref --format='%(refname:short)%(if)%(HEAD)%(then) current%(end)' refs/heads
    git rev-parse --symbolic-full-name @{-1}; git checkout -q -`;
  expect(await bench.ok(script)).toBe(
    [
      ...['branch.topic/one.note one', 'remote.origin.url'],
      ...['agent/a', 'agent/b', 'main', 'topic/one current'],
      'refs/heads/agent/a',
    ].join('\n'),
  );
  expect(await bench.hostBranch('topic/one')).toBe(await bench.hostBranch('main'));
});

test('logs with NUL bytes are taken apart', async () => {
  const script = `git log -z --format='%s%x00%an%x00%ar' main | tr '\\0' '|' | sed 's/|[^|]* ago//g'`;
  expect(await bench.ok(script)).toBe('change a|Test User|initial|Test User|');
});

test('commits under another identity, with plumbing alone and by fast-import arrive', async () => {
  await bench.ok(`git -c user.name='Some Author' -c user.email=author@example.invalid -c core.editor=false \\
    commit -q --allow-empty --author 'Some Author <author@example.invalid>' -m one || git commit -q --allow-empty -m one`);
  await bench.ok(`tree=$(git write-tree) && commit=$(echo two | git commit-tree $tree -p HEAD) &&
    git update-ref -m 'a script' HEAD $commit HEAD && git reset -q`);
  await bench.ok(`tip=$(git rev-parse HEAD) && printf '%s\\n' 'commit refs/heads/imported' \\
    'committer a <a@agents.gitiso.invalid> 1700000000 +0000' 'data 6' 'three' '' "from $tip" 'M 644 inline n' 'data 2' 'n' | git fast-import --quiet`);
  expect(await bench.inHostRepository('log', '--format=%s', 'main..imported')).toBe('three\ntwo\none');
  expect(await bench.ok('git reflog -2 --format=%gs')).toBe('reset: moving to HEAD\na script');
});

test('a ref that a tool without git puts in place is taken up, or back when it may not be', async () => {
  const put = (branch: string) => `commit=$(git commit-tree -p ${branch} -m 'by a tool' '${branch}^{tree}') &&
    echo $commit >.git/refs/heads/${branch}.lock && mv .git/refs/heads/${branch}.lock .git/refs/heads/${branch} && git status -s`;
  await bench.ok(put('agent/a'));
  expect(await bench.inHostRepository('log', '-1', '--format=%s', 'agent/a')).toBe('by a tool');
  const before = await bench.hostBranch('main');
  const { stderr } = await bench.run(put('main'));
  expect(stderr).toContain('took back refs/heads/main');
  expect(await bench.hostBranch('main')).toBe(before);
  expect(await bench.ok('git rev-parse main')).toBe(before);
});

test('a release script tags, archives and takes back', async () => {
  const script = `set -e; last=$(git describe --tags --abbrev=0); echo "$last"; git diff-index --quiet HEAD --
    git tag -a v1.1 -m 'version 1.1'; git describe; git archive v1.1 | tar t | head -1
    git log --format=%s "$last..v1.1" | wc -l; git tag -d v1.1 >/dev/null; git tag`;
  expect(await bench.ok(script)).toBe('v1.0\nv1.1\na\n4\nv1.0');
  await bench.check();
});

test('what one agent has committed, another one’s script sees at once', async () => {
  await bench.ok('echo b >>b && git commit -q -a -m "of b"', 'b');
  expect(await bench.ok('git log -1 --format=%s agent/b && git diff --name-only agent/b~1 agent/b')).toBe(
    'of b\nb',
  );
});
