/**
 * Forged staging (docs/threats.md, IX). The daemon never opens an index: each is put where the container's git finds it, and
 * what that makes of it is sent on; where a list of changes can say the same, it is sent as well.
 */
import { closeSync, ftruncateSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idOf, looseFile, type Item } from '../helpers/forged-objects';
import { attacker, attackSuite, expectWhole, ownRef, type AttackStage } from './harness/attack-stage';
import { indexOf, type IndexParts } from './harness/forged-index';
import { refusalOf, sendCommit, type StagedEntry } from './harness/requests';

const suite = attackSuite();
/** What the attacker may commit on its own branch is its own affair. */
const attack = (
  name: string,
  what: string,
  body: (stage: AttackStage) => Promise<void>,
  timeoutMs?: number,
) => {
  suite.attack(name, what, body, { refs: new RegExp(`^${ownRef}$`) }, timeoutMs);
};

const blob: Item = ['blob', 'forged\n'];
const id = idOf(blob);
const object = [id, looseFile(blob)] as const;

/** The folder is the agent's own: what is put there it could have written itself. */
function place(stage: AttackStage, name: string): string {
  return join(stage.daemon.stateDirectory, 'agents', attacker, 'gitdir', name);
}

/**
 * git in the container works on the forged index in every way there is to a commit. What comes of it, if anything, is a
 * commit of the attacker's own that is well formed.
 */
async function expectNothingForged(stage: AttackStage, index: Buffer | IndexParts): Promise<void> {
  const before = await stage.valueOf(ownRef);
  await stage.shell.run(`cp .git/index .git/kept-index; printf 'forged\\n' | git hash-object -w --stdin`);
  writeFileSync(place(stage, 'index'), Buffer.isBuffer(index) ? index : indexOf(index));
  const commits = [
    'git commit -m forged',
    'git commit -a -m forged',
    'GIT_EDITOR=true git commit -m forged -e',
  ];
  await stage.shell.run(commits.map((command) => `timeout 8 ${command}`).join('; '));
  await stage.shell.ok('rm -f .git/index.lock; mv .git/kept-index .git/index');
  const listed = await stage.shared('ls-tree', '-r', '-z', ownRef);
  for (const line of listed.split('\0').filter((one) => one !== ''))
    expect(line).toMatch(
      /^(100644|100755|120000) blob [0-9a-f]{40}\t(?!.*(^|\/)\.(git)?\.?(\/|$))[\w./-]+$/i,
    );
  await expectWhole(stage);
  await stage.shell.ok(`git reset -q --hard ${before}`);
}

/** The same in a list of changes. */
async function expectRefused(
  stage: AttackStage,
  entries: readonly StagedEntry[],
  rule: RegExp,
): Promise<void> {
  const refused = refusalOf(await sendCommit(stage, { entries, objects: [object] }));
  expect(refused).toMatch(rule);
}

async function expectPathsRefused(stage: AttackStage, paths: readonly string[], rule: RegExp): Promise<void> {
  for (const path of paths) await expectRefused(stage, [{ path, id }], rule);
  expect(await stage.lastAudit()).toMatchObject({ agent: attacker, verdict: 'denied' });
}

attack(
  'IX-02',
  'a TREE extension that names another tree changes nothing but what is listed',
  async (stage) => {
    const parent = await stage.valueOf(ownRef);
    const other = await stage.shared('rev-parse', 'main~1^{tree}');
    const tree = Buffer.concat([Buffer.from('\x001 0\n', 'latin1'), Buffer.from(other, 'hex')]);
    await stage.shell.run(`printf 'forged\\n' | git hash-object -w --stdin; cp .git/index .git/kept-index`);
    const file = indexOf({ entries: [{ path: 'forged', id }], extensions: [['TREE', tree]] });
    writeFileSync(place(stage, 'index'), file);
    await stage.shell.run('git commit -m forged');
    await stage.shell.ok('mv .git/kept-index .git/index');
    const tip = await stage.valueOf(ownRef);
    // Either nothing was staged in git's eyes, or the commit has what its list of changes says.
    const audited = tip === parent ? '' : await stage.shared('diff-tree', '-r', '--name-only', parent, tip);
    const listed = await sendCommit(stage, { entries: [{ path: 'listed', id }], objects: [object] });
    expect(listed).toMatchObject({ result: { exitCode: 0 } });
    const made = await stage.valueOf(ownRef);
    expect(await stage.shared('diff-tree', '-r', '--name-only', `${made}~1`, made)).toBe('listed');
    expect(audited.split('\n')).not.toContain('.git');
    await stage.shell.ok(`git reset -q --hard ${parent}`);
  },
);

attack(
  'IX-03',
  'a path of a hundred thousand components',
  async (stage) => {
    await expectNothingForged(stage, { entries: [{ path: 'a/'.repeat(100_000).slice(0, -1), id }] });
    await expectPathsRefused(
      stage,
      ['a/'.repeat(1000) + 'b', 'a/'.repeat(100_000) + 'b'],
      /path-depth|path-length|too-many-folders/,
    );
  },
  120_000,
);

attack('IX-04', '.git in a path', async (stage) => {
  await expectNothingForged(stage, { entries: [{ path: '.git/config', id }] });
  await expectPathsRefused(
    stage,
    [
      '.git/config',
      '.GIT/hooks/x',
      'a/.git/x',
      'a/.giT',
      'git~1/x',
      '.git . /x',
      'a\\.git\\x',
      '.git::$INDEX_ALLOCATION/x',
    ],
    /path-form/,
  );
});

attack('IX-06', '.git with characters that HFS+ ignores', async (stage) => {
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  await expectNothingForged(stage, { entries: [{ path: bytes('.g\u200cit/config'), id }] });
  const points = [0x200c, 0x200f, 0x202a, 0x202e, 0x206a, 0x206f, 0xfeff];
  await expectPathsRefused(
    stage,
    points.map((point) => bytes(`.g${String.fromCodePoint(point)}it/x`)),
    /path-form/,
  );
});

attack('IX-07', 'paths that lead out, are absolute, or have empty parts', async (stage) => {
  await expectNothingForged(stage, { entries: [{ path: '../x', id }] });
  await expectPathsRefused(
    stage,
    ['../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/', '.', './a', 'a/./b'],
    /path-form/,
  );
});

attack('IX-08', 'a NUL inside a name, and a name that does not end', async (stage) => {
  await expectNothingForged(stage, { entries: [{ path: 'a\0b', id }] });
  await expectNothingForged(stage, { entries: [{ path: 'ab', id, nameLength: 0xfff }] });
  const cut = await sendCommit(stage, {
    list: Buffer.from(`:000000 100644 ${'0'.repeat(40)} ${id} A\0endless`),
    objects: [object],
  });
  expect(cut).toMatchObject({ result: { exec: expect.anything() as unknown } });
});

attack('IX-10', 'a file and a folder of the same name', async (stage) => {
  await expectNothingForged(stage, {
    entries: [
      { path: 'a', id },
      { path: 'a/b', id },
    ],
  });
  await expectRefused(
    stage,
    [
      { path: 'a', id },
      { path: 'a/b', id },
    ],
    /conflict/,
  );
  expect(await stage.shared('ls-tree', '-r', '--name-only', ownRef)).toContain('dir-0/file-0.txt');
  await expectRefused(stage, [{ path: 'dir-0', id }], /conflict/);
  await expectRefused(stage, [{ path: 'dir-0/file-0.txt/below', id }], /conflict/);
});

attack('IX-11', 'conflicts that are not resolved', async (stage) => {
  await expectNothingForged(stage, {
    entries: [1, 2, 3].map((number) => ({ path: 'a', id, stage: number })),
  });
  const unmerged = await sendCommit(stage, { entries: [{ path: 'a', id, status: 'U' }], objects: [object] });
  expect(unmerged).toMatchObject({ result: { exec: expect.anything() as unknown } });
});

attack('IX-12', 'a nested repository, with and without .gitmodules', async (stage) => {
  await expectNothingForged(stage, { entries: [{ path: 'sub', id: stage.main, mode: 0o160000 }] });
  const link = { path: 'sub', id: stage.main, mode: '160000' };
  await expectRefused(stage, [link], /gitlink/);
  await expectRefused(stage, [{ path: '.gitmodules', id }, link], /gitlink/);
  await expectRefused(stage, [{ path: '.gitmodules', id, mode: '120000' }], /symlink/);
  await expectRefused(stage, [{ path: 'gitmod~1', id, mode: '120000' }], /symlink/);
});

attack('IX-14', 'modes that are none', async (stage) => {
  for (const mode of [0, 0o040000, 0o107777, 0o060000])
    await expectNothingForged(stage, { entries: [{ path: 'odd', id, mode }] });
  for (const mode of ['000000', '040000', '107777', '100664', '060000']) {
    const answer = await sendCommit(stage, { entries: [{ path: 'odd', id, mode }], objects: [object] });
    // Such a list is no list of git's: the container's git is told to do it itself.
    expect(answer).toMatchObject({ result: { exec: expect.anything() as unknown } });
  }
});

attack('IX-15', 'a number of entries that no file can hold', async (stage) => {
  for (const count of [0xffffffff, 2 ** 28]) await expectNothingForged(stage, { count });
});

attack('IX-16', 'a wrong checksum, none, and a file that is cut off', async (stage) => {
  const entries = [{ path: '.git/x', id }];
  await expectNothingForged(stage, { entries, checksum: Buffer.alloc(20, 1) });
  await expectNothingForged(stage, { entries, checksum: Buffer.alloc(20) });
  await expectNothingForged(stage, indexOf({ entries: [{ path: 'a', id }] }).subarray(0, 50));
});

attack('IX-18', 'prefixes of version 4 that are longer than what they cut', async (stage) => {
  const entry = Buffer.alloc(62);
  entry.writeUInt32BE(0o100644, 24);
  entry.write(id, 40, 'hex');
  entry.writeUInt16BE(5, 60);
  const strip = Buffer.concat([entry, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]), Buffer.from('ab\0')]);
  await expectNothingForged(stage, { version: 4, count: 1, body: strip });
  const overflow = Buffer.concat([entry, Buffer.alloc(20, 0xff), Buffer.from('\0')]);
  await expectNothingForged(stage, { version: 4, count: 1, body: overflow });
  const growing = Array.from({ length: 2000 }, () =>
    Buffer.concat([entry, Buffer.from('\0'), Buffer.alloc(4096, 'a'), Buffer.from('\0')]),
  );
  await expectNothingForged(stage, { version: 4, count: 2000, body: Buffer.concat(growing) });
});

attack('IX-19', 'a split index whose other half is somewhere else', async (stage) => {
  const base = '1'.repeat(40);
  symlinkSync('/etc/shadow', place(stage, `sharedindex.${base}`));
  try {
    const link = Buffer.concat([Buffer.from(base, 'hex'), Buffer.alloc(16)]);
    await expectNothingForged(stage, { extensions: [['link', link]] });
  } finally {
    rmSync(place(stage, `sharedindex.${base}`));
  }
});

attack('IX-20', 'sparse folders and entries that are only meant to be added', async (stage) => {
  await expectNothingForged(stage, {
    version: 3,
    entries: [{ path: 'dir-0/', id: stage.main, mode: 0o040000, extended: 0x4000 }],
    extensions: [['sdir', Buffer.alloc(0)]],
  });
  // `git add -N` never becomes an empty file in a commit.
  const said = await stage.shell.run(
    "echo later > later; git add -N later; git commit -m 'with -N'; git rm -q --cached later; rm later",
  );
  expect(said.output).toMatch(/no changes added|nothing added/);
});

attack('IX-22', 'extensions that nobody knows, or that are larger than the file', async (stage) => {
  await expectNothingForged(stage, { extensions: [['evil', Buffer.from('x')]] });
  await expectNothingForged(stage, { extensions: [['evil', Buffer.from('x'), 0xffffffff]] });
});

attack('IX-23', 'more entries than a commit may have', async (stage) => {
  const file = openSync(place(stage, 'index'), 'r+');
  closeSync(file);
  const huge = openSync(place(stage, 'forged-index'), 'w');
  ftruncateSync(huge, 1.5e9);
  closeSync(huge);
  const said = await stage.shell.run('GIT_INDEX_FILE=.git/forged-index timeout 20 git commit -m huge');
  expect(said.exitCode).not.toBe(0);
  rmSync(place(stage, 'forged-index'));
  const entries = Array.from({ length: 25_001 }, (_, index) => ({ path: `f${String(index)}/x`, id }));
  await expectRefused(stage, entries, /too-many/);
});

attack('IX-24', 'a lock on the index that stays, and one that leads elsewhere', async (stage) => {
  const before = await stage.valueOf(ownRef);
  for (const lock of ['touch .git/index.lock', 'ln -s /nowhere/at/all .git/index.lock']) {
    const said = await stage.shell.run(
      `echo x > locked; ${lock}; timeout 20 git commit -a -m locked; ls -la .git/index.lock; rm -f .git/index.lock locked`,
    );
    expect(said.output).toMatch(/index.lock/);
  }
  expect(await stage.valueOf(ownRef)).toBe(before);
});
