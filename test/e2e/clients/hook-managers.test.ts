/** Projects whose commits are checked by pre-commit, husky or lefthook: their hooks run in the container. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

const subject = () => bench.inHostRepository('log', '-1', '--format=%s', 'agent/a');

describe('pre-commit', () => {
  const config = `repos:
  - repo: local
    hooks:
      - { id: no-bad, name: no bad words, language: system, files: '^[a-z]*$', entry: "sh -c '! grep -n bad \\"$@\\"' sh" }
      - { id: upper, name: upper case, language: system, files: upper, entry: sed -i s/lower/UPPER/ }
      - { id: subject, name: subject, language: system, stages: [commit-msg], entry: grep -q ^ok }
`;

  beforeAll(async () => {
    bench = await openWorkbench();
    await bench.ok(`cat >.pre-commit-config.yaml <<'END'\n${config}END`);
    await bench.ok('git add . && git commit -q -m "configure pre-commit"');
    expect(await bench.ok('pre-commit install --hook-type pre-commit --hook-type commit-msg')).toContain(
      'pre-commit installed at .git/hooks/pre-commit',
    );
  });

  test('lets pass what its hooks approve of', async () => {
    const { exitCode, stderr } = await bench.run(
      'echo good >good && git add good && git commit -m "ok: good"',
    );
    expect(stderr).toMatch(/^no bad words\.+Passed$/m);
    expect(exitCode).toBe(0);
    expect(await subject()).toBe('ok: good');
  });

  test('stops a commit that a hook refuses', async () => {
    const { exitCode, stderr } = await bench.run('echo bad >word && git add word && git commit -m "ok: bad"');
    expect(stderr).toMatch(/^no bad words\.+Failed$/m);
    expect(exitCode).toBe(1);
    expect(await subject()).toBe('ok: good');
    await bench.ok('git rm -q -f word');
  });

  test('stops a commit whose files a hook changes, and not the second attempt', async () => {
    const { exitCode, stderr } = await bench.run(
      'echo lower >upper && git add upper && git commit -m "ok: upper"',
    );
    expect(stderr).toContain('- files were modified by this hook');
    expect(exitCode).toBe(1);
    expect(await bench.ok('git status --short')).toBe('AM upper');
    await bench.ok('git add upper && git commit -q -m "ok: upper"');
    expect(await bench.inHostRepository('show', 'agent/a:upper')).toBe('UPPER');
  });

  test('puts changes that are not staged aside and back', async () => {
    await bench.ok('echo staged >>good && git add good && echo bad >>good && git commit -q -m "ok: staged"');
    expect(await bench.inHostRepository('show', 'agent/a:good')).toBe('good\nstaged');
    expect(await bench.ok('cat good')).toBe('good\nstaged\nbad');
    await bench.ok('git checkout -q good');
  });

  test('reads the message that is committed', async () => {
    const { exitCode, stderr } = await bench.run('git commit --allow-empty -m "not so"');
    expect(stderr).toMatch(/^subject\.+Failed$/m);
    expect(exitCode).toBe(1);
    await bench.ok('git commit -q --allow-empty --no-verify -m "not so, not verified"');
    expect(await subject()).toBe('not so, not verified');
    await bench.ok('pre-commit run --all-files && pre-commit uninstall -t pre-commit -t commit-msg');
    expect(await bench.ok('ls .git/hooks')).toBe('reference-transaction');
  });
});

describe('husky', () => {
  beforeAll(async () => {
    bench = await openWorkbench();
    // What husky 9 writes: hooks of one line in .husky, and in .husky/_ the files that git runs.
    await bench.ok(`mkdir -p .husky/_ && cd .husky/_ && echo '*' >.gitignore
      cat >h <<'END'
#!/usr/bin/env sh
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
[ "\${HUSKY-}" = "0" ] && exit 0
export PATH="node_modules/.bin:$PATH"
sh -e "$s" "$@"
c=$?
[ $c != 0 ] && echo "husky - $n script failed (code $c)"
exit $c
END
      for hook in pre-commit commit-msg prepare-commit-msg post-commit pre-push post-checkout pre-rebase post-merge; do
        printf '#!/usr/bin/env sh\\n. "$(dirname "$0")/h"' >$hook && chmod +x $hook
      done
      cd .. && echo 'git diff --cached --check && pwd >/tmp/hook-directory' >pre-commit
      echo 'grep -q "^[a-z]*: " "$1"' >commit-msg && echo 'git log -1 --format=%s >/tmp/post' >post-commit
      cd .. && git config core.hooksPath .husky/_ && git add . && git commit -q -m 'chore: husky'`);
  });

  test('runs its hooks in git’s order, at the top of the work tree', async () => {
    await bench.ok('cd dir && echo more >>c && git commit -q -a -m "feat: more"');
    expect(await bench.ok('cat /tmp/hook-directory /tmp/post')).toBe('/workspace\nfeat: more');
    expect(await subject()).toBe('feat: more');
  });

  test('stops a commit, and HUSKY=0 lets it pass', async () => {
    const { exitCode, stderr, stdout } = await bench.run('git commit --allow-empty -m "no type"');
    expect(exitCode).toBe(1);
    expect(stderr + stdout).toContain('husky - commit-msg script failed (code 1)');
    expect(await subject()).toBe('feat: more');
    await bench.ok('HUSKY=0 git commit -q --allow-empty -m "no type"');
    expect(await subject()).toBe('no type');
  });

  test('does not keep the daemon from deciding', async () => {
    const before = await bench.hostBranch('main');
    expect((await bench.run('git branch -f main HEAD')).exitCode).not.toBe(0);
    await bench.run('git push . HEAD:main');
    expect(await bench.hostBranch('main')).toBe(before);
    await bench.ok('git branch topic && git rebase -q --onto main HEAD~1 topic');
    expect(await bench.hostBranch('topic')).toBe(await bench.ok('git rev-parse topic'));
    await bench.check();
  });
});

describe('lefthook', () => {
  beforeAll(async () => {
    bench = await openWorkbench();
    // What lefthook installs: hooks that look for its program in several places; here it is one in PATH.
    await bench.ok(`mkdir -p ~/bin && cat >~/bin/lefthook <<'END'
#!/bin/sh
[ "$1 $2" = "run pre-commit" ] || exit 0
cd "$(git rev-parse --show-toplevel)" || exit
files=$(git diff --name-only --cached --diff-filter=d)
for file in $files; do sed -i 's/[ ]*$//' "$file" && git add "$file"; done
! git grep --cached -n forbidden -- $files
END
      chmod +x ~/bin/lefthook
      cat >.git/hooks/pre-commit <<'END'
#!/bin/sh
if [ "$LEFTHOOK" = "0" ]; then exit 0; fi
call_lefthook() {
  dir="$(git rev-parse --show-toplevel)"
  if lefthook -h >/dev/null 2>&1; then lefthook "$@"
  elif test -f "$dir/node_modules/lefthook/bin/index.js"; then "$dir/node_modules/lefthook/bin/index.js" "$@"
  else echo "Can't find lefthook in PATH"; fi
}
call_lefthook run "pre-commit" "$@"
END
      chmod +x .git/hooks/pre-commit`);
  });

  const path = 'export PATH=~/bin:$PATH;';

  test('adds what its hook has corrected to the commit', async () => {
    await bench.ok(`${path} echo 'blanks   ' >t && git add t && git commit -q -m corrected`);
    expect(await bench.inHostRepository('show', 'agent/a:t')).toBe('blanks');
    expect(await bench.ok('git status --short')).toBe('');
  });

  test('stops what it forbids', async () => {
    const { exitCode, stderr } = await bench.run(`${path} echo forbidden >t && git commit -a -m no`);
    expect([exitCode, stderr]).toEqual([1, 't:1:forbidden\n']);
    expect(await subject()).toBe('corrected');
    await bench.ok(`${path} LEFTHOOK=0 git commit -q -a -m 'without lefthook'`);
    expect(await subject()).toBe('without lefthook');
    await bench.check();
  });
});
