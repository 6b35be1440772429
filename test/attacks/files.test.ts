/** File tricks in the folders an agent can write, and borrowed objects (docs/threats.md, FS and AL). */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../helpers/git';
import { attacker, attackSuite, expectWhole, ownRef, secret, type AttackStage } from './harness/attack-stage';

const suite = attackSuite();
const own = { refs: new RegExp(`^${ownRef}$`) };
const attack = (id: string, what: string, body: (stage: AttackStage) => Promise<void>) =>
  suite.attack(id, what, body, own);

/** The attacker's index is this for a while, and git in the container does all it can with it. */
async function withIndex(stage: AttackStage, make: string, after = 'true'): Promise<string> {
  const before = await stage.valueOf(ownRef);
  const commands = ['git commit -m x', 'git commit -a -m x', 'git status', 'git stash'].map(
    (command) => `timeout 3 ${command}`,
  );
  await stage.shell.ok('mv .git/index .git/kept-index');
  const { output } = await stage.shell.run(`${make}; ${commands.join('; ')}; ${after}`);
  // What the operator asks of the daemon meanwhile is answered, or refused in time.
  await stage.client.call('agent.show', { id: attacker });
  await stage.shell.ok('rm -rf .git/index .git/index.lock; mv .git/kept-index .git/index');
  await stage.shell.ok(`git reset -q --hard ${before}`);
  await expectWhole(stage);
  return output;
}

/** A file with one line is committed while its loose object is replaced by something else. */
async function withObject(stage: AttackStage, replace: string): Promise<string> {
  const before = await stage.valueOf(ownRef);
  const script = `echo "$RANDOM $$ $(date +%N)" > odd; git add odd; id=$(git ls-files -s odd | cut -d' ' -f2); f=.git/objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-); ${replace}; timeout 5 git commit -m odd`;
  const { output } = await stage.shell.run(script);
  await stage.shell.run(`rm -rf "$f"; git reset -q --hard ${before}; rm -f odd`);
  await expectWhole(stage);
  return output;
}

attack('FS-01', 'the index is a link to files of the host and of others', async (stage) => {
  for (const target of ['/etc/shadow', '/proc/1/environ', join(stage.host, 'secret'), '/gitiso/shared/HEAD'])
    expect(await withIndex(stage, `ln -s ${target} .git/index`)).not.toContain(secret);
});

attack('FS-02', 'the index is a pipe that nobody writes to', async (stage) => {
  await withIndex(stage, 'mkfifo .git/index');
  await stage.client.call('agent.stats', { id: attacker });
});

attack('FS-04', 'the index is a file of terabytes with nothing in it', async (stage) => {
  await withIndex(stage, 'truncate -s 10G .git/index');
  await withIndex(stage, 'truncate -s 8E .git/index || truncate -s 4T .git/index');
});

attack('FS-05', 'the index grows while it is read', async (stage) => {
  await withIndex(stage, '(timeout 4 sh -c "while :; do echo more >> .git/index; done") & :', 'wait');
});

attack('FS-06', 'the index is cut off again and again while it is read', async (stage) => {
  await withIndex(
    stage,
    'cp .git/kept-index .git/index; (timeout 4 sh -c "while :; do truncate -s 0 .git/index; cp .git/kept-index .git/index; done") & :',
    'wait',
  );
});

attack('FS-08', 'folders of the quarantine are links out of it', async (stage) => {
  const said = await withObject(stage, 'd=$(dirname $f); mv $d /tmp/kept; ln -s /root $d');
  expect(said).not.toMatch(/create mode/);
  await stage.shell.run('find .git/objects -type l -delete');
});

attack('FS-09', 'a loose object is a link to an object of another repository', async (stage) => {
  const theirs = await git(stage.other, ['rev-parse', `HEAD:secret`]);
  const path = join(stage.other, 'objects', theirs.slice(0, 2), theirs.slice(2));
  const said = await withObject(stage, `rm -f $f; ln -s ${path} $f`);
  expect(said).not.toMatch(/create mode/);
});

attack('FS-10', 'a loose object is a pipe, a socket or a folder', async (stage) => {
  const kinds = [
    'mkfifo $f',
    'mkdir $f',
    `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1)' $f`,
  ];
  for (const make of kinds) expect(await withObject(stage, `rm -f $f; ${make}`)).not.toMatch(/create mode/);
  await stage.shell.run('find .git/objects \\( -type p -o -type s \\) -delete');
});

attack('FS-12', 'an object is written on after it was accepted', async (stage) => {
  await stage.shell.ok('echo open > open; git add open');
  const id = await stage.shell.ok("git ls-files -s open | cut -d' ' -f2");
  const file = `.git/objects/${id.slice(0, 2)}/${id.slice(2)}`;
  await stage.shell.ok(`chmod u+w ${file}; exec 9<>${file}; git commit -q -m open; echo overwritten >&9`);
  expect(await stage.shared('cat-file', '-p', id)).toBe('open');
  expect(statSync(join(stage.bare, 'objects', id.slice(0, 2), id.slice(2))).nlink).toBe(1);
});

attack('FS-13', 'one object has many names', async (stage) => {
  const said = await withObject(stage, 'chmod u+w $f; for i in 1 2 3 4 5; do ln $f $f$i; done');
  expect(said).toMatch(/create mode|fatal/);
  await stage.shell.run('find .git/objects -type f -links +1 -delete');
});

attack('FS-14', 'no file of the host can be linked into the quarantine', async (stage) => {
  const said = await stage.shell.run(
    'ln /gitiso/shared/HEAD .git/objects/stolen; ln /gitiso/bin/git .git/objects/stolen',
  );
  expect(said.output.match(/cross-device|not permitted/gi)).toHaveLength(2);
});

attack(
  'FS-17',
  'what an agent leaves for a host user to run can not raise rights in a container, and is the owner’s own',
  async (stage) => {
    await stage.shell.ok('cp /bin/sh tool; chmod 4755 tool; mknod device b 8 0 2>/dev/null && exit 1; true');
    const { uid } = statSync(join(stage.daemon.stateDirectory, 'agents', attacker, 'workspace', 'tool'));
    expect(uid).toBe(statSync(stage.host).uid);
    // Nobody but that owner and the daemon gets as far as the folder.
    expect(statSync(stage.daemon.stateDirectory).mode & 0o007).toBeLessThanOrEqual(0o5);
    expect(await stage.shell.ok("grep -c 'NoNewPrivs:.1' /proc/self/status")).toBe('1');
    await stage.shell.ok('rm tool');
  },
);

attack('FS-18', 'HEAD and the reflogs are links to files of the host', async (stage) => {
  const target = join(stage.host, 'secret');
  const before = readFileSync(target, 'utf8');
  await stage.shell.run(
    `mkdir -p .git/kept; mv .git/HEAD .git/logs .git/kept; ln -s ${target} .git/HEAD; mkdir -p .git/logs; ln -s ${target} .git/logs/HEAD; ln -sf ${target} .git/ORIG_HEAD; git commit --allow-empty -m x; rm -rf .git/HEAD .git/logs; ln -s ${target} .git/logs; mv .git/kept/HEAD .git/HEAD; git commit --allow-empty -m x; rm -f .git/logs .git/ORIG_HEAD; mv .git/kept/logs .git/logs`,
  );
  expect(readFileSync(target, 'utf8')).toBe(before);
});

attack(
  'FS-20',
  'mounts can be neither undone nor laid over, and .git can not be taken away',
  async (stage) => {
    const tries = [
      'umount /workspace/.git',
      'mount -t tmpfs none /workspace',
      'mount --bind /tmp /gitiso/shared',
      'unshare -Urm true',
      'unshare -m true',
      'rmdir .git',
      'mv .git elsewhere',
      'mount -o remount,rw /gitiso/shared',
      'touch /gitiso/shared/x',
      'touch /gitiso/bin/x /gitiso/etc/x /gitiso/run/x',
    ];
    for (const command of tries) expect((await stage.shell.run(command)).exitCode).not.toBe(0);
  },
);

attack('FS-22', 'a flood of changes in the workspace is nothing the daemon hears of', async (stage) => {
  const watches = () => readFileSync(`/proc/${String(stage.daemon.pid())}/limits`, 'utf8').length;
  await stage.shell.ok(
    'mkdir flood; cd flood; perl -e \'for (1..20000) { open F, ">", $_ % 50; close F; unlink $_ % 50 }\'; cd ..; rm -rf flood',
  );
  expect(watches()).toBeGreaterThan(0);
  const inotify = await stage.client.call('daemon.status', {});
  expect(inotify).toBeDefined();
});

attack('AL-01', 'an alternates file in the quarantine leads to another repository', async (stage) => {
  const theirs = await git(stage.other, ['rev-parse', 'HEAD']);
  const objects = join(stage.other, 'objects');
  await stage.shell.run(
    `cp .git/objects/info/alternates .git/kept-alternates; echo ${objects} >> .git/objects/info/alternates`,
  );
  const said = await stage.shell.run(`git update-ref ${ownRef} ${theirs}; git branch stolen ${theirs}`);
  expect(said.exitCode).not.toBe(0);
  await stage.shell.ok('mv .git/kept-alternates .git/objects/info/alternates');
});

attack('AL-03', 'other ways to name objects elsewhere are ignored', async (stage) => {
  await stage.shell.ok(
    `echo http://127.0.0.1:1/ > .git/objects/info/http-alternates; echo 'P pack-${'1'.repeat(40)}.pack' > .git/objects/info/packs; git commit -q --allow-empty -m still; rm .git/objects/info/http-alternates .git/objects/info/packs`,
  );
  await expectWhole(stage);
});

attack('AL-04', 'an agent that deletes its alternates breaks its own view only', async (stage) => {
  await stage.shell.run(
    'mv .git/objects/info/alternates .git/kept-alternates; git log; git commit --allow-empty -m blind; mv .git/kept-alternates .git/objects/info/alternates',
  );
  await stage.shell.ok('git log -1');
  await expectWhole(stage);
});

attack(
  'AL-05',
  'what the repository has already is there after a commit that names it again',
  async (stage) => {
    await stage.shell.ok('echo "file 0" > again; git add again; git commit -q -m again');
    expect(await stage.shared('cat-file', '-p', `${ownRef}:again`)).toBe('file 0');
    await expectWhole(stage);
  },
);

attack('FS-16', 'odd modes and attributes do not keep a folder from being removed', async (stage) => {
  await stage.shell.run(
    'mkdir -p odd/deep; touch odd/deep/file; chattr +i odd/deep/file; setfattr -n user.x -v y odd; chmod 000 odd/deep odd',
  );
  expect(
    lstatSync(join(stage.daemon.stateDirectory, 'agents', attacker, 'workspace', 'odd')).mode & 0o777,
  ).toBe(0);
  await stage.shell.ok('chmod 755 odd; chmod 755 odd/deep; rm -rf odd');
});
