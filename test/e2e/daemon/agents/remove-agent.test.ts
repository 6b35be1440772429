import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../../../helpers/docker-socket';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { openStage, type AgentStage } from './agent-stage';

let stage: AgentStage;
let bare: string;
let attic: string;
const never = new AbortController().signal;

beforeAll(async () => {
  stage = await openStage({ state: join(tempDir(), 'state') });
  await stage.fixture.add(await makeRepo({ files: 6 }), { id: 'r', publish: false });
  bare = join(stage.state, 'repos', 'r.git');
  attic = join(stage.state, 'attic', 'r.git');
});

afterAll(async () => {
  await stage.end();
  await stage.removeContainers();
});

const remove = (id: string, force = false) => stage.life.remove(id, { force, signal: never });

/** One of each kind of work. */
const everyKind = `
  echo staged > staged; git add staged
  echo 'staged, then changed' > both; git add both; echo changed >> both
  echo changed >> dir-0/file-1.txt
  git rm -q dir-0/file-2.txt; rm dir-0/file-3.txt
  mkdir -p new/deep; echo untracked > 'new/deep/a file'; printf 'x' > "$(printf 'odd\\nname')"
  printf '#!/bin/sh\\n' > tool; chmod +x tool; ln -s tool link
  echo '*.log' > .gitignore; echo noise > x.log`;

describe('removing an agent', () => {
  test('without work leaves its branch, a snapshot and nothing else', async () => {
    const { record } = await stage.create('idle');
    expect(await remove('idle')).toEqual({ snapshot: 'refs/gitiso/snapshots/idle/1', warnings: [] });
    expect(stage.registry.get(record.id)).toBeUndefined();
    expect(existsSync(join(stage.state, 'agents', 'idle'))).toBe(false);
    expect((await stage.runtime.list()).filter(({ agent }) => agent === 'idle')).toEqual([]);
    expect(await git(bare, ['rev-parse', 'agent/idle'])).toBe(record.base.commit);
    expect(await git(attic, ['rev-parse', 'refs/gitiso/snapshots/idle/1^{tree}'])).toBe(
      await git(bare, ['rev-parse', 'main^{tree}']),
    );
  });

  test('with uncommitted files is refused, and says which', async () => {
    await stage.create('busy');
    await stage.sh('busy', 'echo x > new');
    await expect(remove('busy')).rejects.toMatchObject({
      code: 'agent-has-work',
      details: { uncommitted: ['?? new'], unpublished: 0 },
    });
    expect(await stage.sh('busy', 'cat new')).toBe('x');
  });

  test('with commits that nothing else holds is refused; once they are on another branch it is not', async () => {
    const { record } = await stage.create('ahead');
    const commit = await git(bare, ['commit-tree', '-p', record.base.commit, '-m', 'x', 'main^{tree}']);
    await git(bare, ['update-ref', record.ref, commit]);
    await expect(remove('ahead')).rejects.toMatchObject({
      code: 'agent-has-work',
      details: { unpublished: 1 },
    });
    await git(bare, ['branch', 'kept', commit]);
    await expect(remove('ahead')).resolves.toMatchObject({ warnings: [] });
  });

  test('that is stopped looks for work too, and leaves it stopped when there is some', async () => {
    await stage.create('asleep');
    await stage.sh('asleep', 'echo x > new');
    await stage.life.stop('asleep');
    await expect(remove('asleep')).rejects.toMatchObject({ code: 'agent-has-work' });
    expect(stage.registry.require('asleep').status).toBe('stopped');
    expect(await stage.runtime.inspect(stage.registry.require('asleep').containerId ?? '')).toMatchObject({
      running: false,
    });
    await expect(remove('asleep', true)).resolves.toMatchObject({ warnings: [] });
  });

  test('with a repository inside its work tree, or contents of LFS, is refused; with force it is said what is lost', async () => {
    await stage.create('nest');
    await stage.sh(
      'nest',
      'mkdir -p .git/lfs/objects/ab; echo x > .git/lfs/objects/ab/cd; git init -q inner; cd inner; echo x > y; git add y; git -c user.name=a -c user.email=b commit -qm m',
    );
    await expect(remove('nest')).rejects.toMatchObject({ code: 'agent-has-work' });
    await expect(remove('nest', true)).resolves.toMatchObject({
      warnings: [
        expect.stringContaining('the nested repository "inner"'),
        expect.stringContaining('the contents of Git LFS'),
      ],
    });
  });
});

test('private refs beyond the bound are counted as missing', async () => {
  await stage.create('crowd');
  const each = 'for i in $(seq 230); do echo "create refs/bisect/$i $(git rev-parse HEAD)"; done';
  await stage.sh('crowd', `${each} | /usr/bin/git update-ref --stdin`);
  const { warnings } = await remove('crowd', true);
  expect(warnings).toHaveLength(21);
  expect(warnings).toContain('not in the snapshot: 10 further refs');
  await stage.life.restore('crowd', null, never);
  expect(await stage.sh('crowd', '/usr/bin/git for-each-ref refs/bisect | wc -l')).toBe('200');
});

describe('restoring an agent', () => {
  test('brings back staged, unstaged, deleted and untracked work, byte for byte', async () => {
    await stage.create('lazarus', { name: 'Lazarus', environment: { COLOR: 'red' } });
    await stage.sh('lazarus', everyKind);
    const look =
      'git status --porcelain -z | tr "\\0" "|"; git diff | sha1sum; git diff --cached | sha1sum; ls -lR --time-style=+ | grep -v ^total; echo $COLOR';
    const before = (await stage.sh('lazarus', look)).replace(/.*x\.log\n/, '');
    expect(before).toContain('?? new/');
    const removal = await remove('lazarus', true);
    expect(removal.warnings).toEqual([]);
    await fsckStrict(bare);

    const restored = await stage.life.restore('lazarus', null, never);
    expect(restored.snapshot).toBe(removal.snapshot);
    expect(restored.record).toMatchObject({ name: 'Lazarus', status: 'ready', branch: 'agent/lazarus' });
    expect(await stage.sh('lazarus', look)).toBe(before);
    expect(stage.registry.listRemoved().map(({ id }) => id)).not.toContain('lazarus');
    await expect(stage.life.restore('lazarus', null, never)).rejects.toMatchObject({ code: 'agent-exists' });

    // The next snapshot gets the next number, and the first one stays.
    await stage.sh('lazarus', 'git rm -rqf --cached .; git clean -fdqx; echo later > later');
    await expect(remove('lazarus', true)).resolves.toMatchObject({
      snapshot: 'refs/gitiso/snapshots/lazarus/2',
    });
    await stage.life.restore('lazarus', 1, never);
    expect(await stage.sh('lazarus', look)).toBe(before);
  });

  test('brings back more than fits into a message, and leaves nothing of it in between', async () => {
    await stage.create('heavy');
    await stage.sh('heavy', 'head -c 12000000 /dev/urandom > big; echo small > small; git add small');
    const look = 'git status --porcelain; sha1sum big small; ls .git .git/objects/pack .git/gitiso';
    const before = await stage.sh('heavy', look);
    await expect(remove('heavy')).rejects.toMatchObject({ code: 'agent-has-work' });
    expect(await stage.sh('heavy', look)).toBe(before);
    expect(await remove('heavy', true)).toMatchObject({ warnings: [] });
    await fsckStrict(attic);
    expect(readdirSync(join(stage.state, 'staging'))).toEqual([]);

    await stage.life.restore('heavy', null, never);
    const after = await stage.sh('heavy', look);
    expect(after.replaceAll(/\npack-[0-9a-f]{40}\.(pack|idx|rev)/g, '')).toBe(before);
    await stage.sh('heavy', '/usr/bin/git fsck --strict');
  });

  test('brings back the branch when somebody deleted it', async () => {
    const { record } = await stage.create('bough');
    await remove('bough');
    await git(bare, ['update-ref', '-d', record.ref]);
    await stage.life.restore('bough', null, never);
    expect(await git(bare, ['rev-parse', record.ref])).toBe(record.base.commit);
  });

  test('puts HEAD where it was', async () => {
    const { record } = await stage.create('head');
    await stage.sh('head', 'git checkout -q --detach main');
    await remove('head');
    await stage.life.restore('head', null, never);
    expect(await stage.sh('head', '/usr/bin/git symbolic-ref -q HEAD; git rev-parse HEAD')).toBe(
      record.base.commit,
    );
  });

  test('of an unknown agent or number is refused', async () => {
    await expect(stage.life.restore('nobody', null, never)).rejects.toMatchObject({
      code: 'snapshot-not-found',
    });
    await stage.create('once');
    await remove('once');
    await expect(stage.life.restore('once', 9, never)).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });

  test('keeps the files of a merge with conflicts', async () => {
    const { record } = await stage.create('torn');
    await stage.sh(
      'torn',
      `echo base > f; git add f
       tree=$(git write-tree); a=$(echo a | git commit-tree $tree -p HEAD)
       echo ours > f; git add f; b=$(git commit-tree $(git write-tree) -p $a -m b)
       echo theirs > f; git add f; c=$(git commit-tree $(git write-tree) -p $a -m c)
       git read-tree --reset -u HEAD; git merge-tree --write-tree $b $c > /dev/null || true
       git read-tree -m -u $a $b $c || git merge-index git-merge-one-file -a || true; git status --porcelain`,
    );
    const removal = await remove('torn', true);
    expect(removal.warnings).toEqual(['not in the snapshot: the stages of a merge that is under way']);
    await stage.life.restore('torn', null, never);
    expect(record.status).toBe('ready');
    await fsckStrict(bare);
  });
});

describe('a hostile agent', () => {
  /** Replaces the container's git by one that prints what the test wants instead of a pack. */
  const plantGit = (id: string, packScript: string) =>
    stage.sh(
      id,
      `mv /usr/bin/git /usr/bin/git.real
       cat > /usr/bin/git <<'END'
#!/bin/sh
case " $* " in
  *" pack-objects "*) cat > /dev/null
    ${packScript} ;;
  *) exec /usr/bin/git.real "$@" ;;
esac
END
       chmod +x /usr/bin/git`,
    );

  const packOf = '| /usr/bin/git.real pack-objects --stdout -q';

  test.each([
    ['nonsense instead of a pack', 'echo nonsense'],
    ['a pack without the objects', `true ${packOf}`],
    [
      'a tree that git refuses',
      `b=$(echo x | /usr/bin/git.real hash-object -w --stdin)
       t=$(printf "100644 .git\\\\0$(echo $b | sed 's/../\\\\x&/g')" > /tmp/t; /usr/bin/git.real hash-object -w -t tree --literally /tmp/t)
       printf '%s\\n%s\\n' $b $t ${packOf}`,
    ],
    ['more than the daemon takes', 'head -c 80000000 /dev/zero'],
    ['a pack without end', `{ printf 'PACK\\0\\0\\0\\2\\0\\0\\0\\1\\77'; head -c 80000000 /dev/urandom; }`],
  ])('that sends %s gets nothing into the repository', async (what, script) => {
    const id = `liar-${String(what.length)}`;
    await stage.create(id);
    await stage.sh(id, `echo ${id} > work`);
    await plantGit(id, script);
    const before = readdirSync(join(bare, 'objects', 'pack')).sort();
    const refs = await git(bare, ['for-each-ref']);
    const refused = await stage.life.remove(id, { force: true, signal: never });
    expect(refused).toMatchObject({
      snapshot: null,
      warnings: [expect.stringContaining('no snapshot could be taken')],
    });
    expect(readdirSync(join(bare, 'objects', 'pack')).sort()).toEqual(before);
    expect(await git(bare, ['for-each-ref'])).toBe(refs);
    await fsckStrict(bare);
    expect(readdirSync(join(stage.state, 'staging'))).toEqual([]);
  });

  test('that has its git print lines without end is refused its snapshot, and nobody waits for it', async () => {
    await stage.create('lines');
    await stage.sh('lines', 'echo work > work');
    await plantGit('lines', 'exit 1');
    const lists = 'case " $* " in *" for-each-ref "*) yes "" | head -c 3000000; exit ;; esac';
    await stage.sh('lines', `sed -i '2i ${lists}' /usr/bin/git`);
    expect(await remove('lines', true)).toMatchObject({
      snapshot: null,
      warnings: ['no snapshot could be taken: git for-each-ref in the container printed what is no ref'],
    });
  });

  test('leaves nothing of its folder behind, however it is built', async () => {
    await stage.create('maze');
    await stage.sh(
      'maze',
      `p=.; for i in $(seq 300); do p=$p/deep; done; mkdir -p $p; mkfifo pipe; ln -s / root; ln -s /etc etc
       mkdir locked; touch locked/f; chmod 000 locked; printf x > "$(printf '\\377\\376')"; git config core.bare true`,
    );
    await remove('maze', true);
    while (readdirSync(join(stage.state, 'trash')).length > 0) await sleep(20);
    expect(existsSync('/etc/passwd')).toBe(true);
    expect(await docker('ps', '-aq', '--filter', 'label=gitiso.agent=maze')).toBe('');
  });
});
