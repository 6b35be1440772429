/** Attacks on refs and locks (docs/threats.md, RF). */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zeroOid } from '../../shared/ids';
import { attacker, attackSuite, ownRef, type AttackStage } from './harness/attack-stage';
import { expectDone, newKey, refusalOf, sendBranch, sendCommit, sendProposal } from './harness/requests';

const { attack } = attackSuite();

/** Each name is proposed as a new branch; what was said to each. */
async function proposeAll(stage: AttackStage, names: readonly string[]): Promise<readonly string[]> {
  const peer = stage.peer();
  const said: string[] = [];
  for (const ref of names)
    said.push(refusalOf(await sendProposal(stage, [{ ref, new: stage.main }], {}, peer)));
  return said;
}

/** A pack with a new commit on main, as the attacker's git makes it. */
async function packedCommit({ shell }: AttackStage): Promise<{ id: string; pack: () => Promise<Buffer> }> {
  const id = await shell.ok('git commit-tree -m new -p main "main^{tree}"');
  const hex = await shell.ok(`echo ${id} | git pack-objects -q --stdout | od -An -v -tx1 | tr -d ' \\n'`);
  return { id, pack: async () => Buffer.from(hex, 'hex') };
}

/** What is refused before git is started is left to git, whose hook asks for the same: two questions, one refusal, one record. */
async function expectEachRefusalAudited(stage: AttackStage, ref: string, value: string): Promise<void> {
  const name = ref.replace('refs/heads/', '');
  const { seq } = await stage.lastAudit();
  const newRecords = async (): Promise<number> => (await stage.lastAudit()).seq - seq;
  const left = await sendBranch(stage, ['-D', name], value);
  expect(left).toMatchObject({ result: { exec: ['branch', '-D', name], unlink: [] } });
  expect(await newRecords()).toBe(1);
  for (const records of [1, 2, 3]) {
    refusalOf(await sendProposal(stage, [{ ref, new: zeroOid }]));
    expect(await newRecords()).toBe(records);
  }
  // A race that is lost is no refusal: nothing hides behind it.
  await stage.shell.ok('git commit -q --allow-empty -m own');
  const own = await stage.valueOf(ownRef);
  const before = await newRecords();
  expect(await sendBranch(stage, [name], own)).toMatchObject({ result: { exec: ['branch', name] } });
  refusalOf(await sendProposal(stage, [{ ref, new: own }]));
  expect(await newRecords()).toBe(before + 1);
}

attack('RF-01', 'names that are no names of refs are refused, each with its rule', async (stage) => {
  const odd = [
    '..',
    '@{',
    'x.lock',
    'a..b',
    'a//b',
    '/a',
    'a/',
    '.a',
    'a.',
    'a b',
    'a\x7fb',
    'a\x01b',
    'a\nb',
  ];
  const names = [...odd, ...Array.from('~^:?*[\\')].map((name) => `refs/heads/${name}`);
  const more = [
    'refs/heads/../main',
    'refs/heads/x/../../../config',
    'refs/heads/',
    'refs/heads/\0',
    'x',
    '',
  ];
  for (const said of await proposeAll(stage, [...names, ...more])) expect(said).toMatch(/ref-name/);
  await stage.shell.run("printf 'create refs/heads/../../x HEAD\\n' | git update-ref --stdin");
});

attack(
  'RF-03',
  'nothing but branches and tags can be moved, and of these nobody else’s',
  async (stage) => {
    const outside = [
      'refs/HEAD',
      `refs/replace/${stage.main}`,
      'refs/notes/commits',
      'refs/gitiso/snapshots/alice/1',
    ];
    for (const said of await proposeAll(stage, outside)) expect(said).toMatch(/ref-namespace/);
    for (const said of await proposeAll(stage, ['HEAD', 'FETCH_HEAD', 'config']))
      expect(said).toMatch(/ref-name/);
    const tip = await packedCommit(stage);
    for (const [ref, rule] of [
      ['refs/heads/main', 'protected-branch'],
      ['refs/heads/agent/alice', 'foreign-branch'],
    ] as const) {
      const old = await stage.valueOf(ref);
      expect(refusalOf(await sendProposal(stage, [{ ref, old, new: tip.id }], tip))).toMatch(rule);
      expect(refusalOf(await sendProposal(stage, [{ ref, old, new: zeroOid }]))).toMatch(rule);
      expect(
        refusalOf(await sendCommit(stage, { ref, argv: ['commit', '--allow-empty', '-m', 'x'] })),
      ).toMatch(rule);
      expect(await stage.lastAudit()).toMatchObject({ agent: attacker, verdict: 'denied', rule });
      await expectEachRefusalAudited(stage, ref, old);
    }
  },
  { refs: new RegExp(`^${ownRef}$`) },
);

attack('RF-04', 'twins of a protected branch are refused', async (stage) => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');
  for (const said of await proposeAll(stage, ['refs/heads/Main', 'refs/heads/MAIN']))
    expect(said).toMatch(/protected-branch/);
  for (const said of await proposeAll(stage, [
    latin1('refs/heads/ma\u0131n'),
    latin1('refs/heads/\uff4dain'),
  ]))
    expect(said).toMatch(/ref-name/);
});

attack('RF-05', 'no name blocks another agent’s branch, now or later', async (stage) => {
  const names = ['agent/newcomer', 'agent/newcomer/x', 'agent/alice/x', 'agent'].map(
    (name) => `refs/heads/${name}`,
  );
  for (const said of await proposeAll(stage, names)) expect(said).toMatch(/reserved-branch/);
  expect((await proposeAll(stage, ['refs/heads/main/x']))[0]).toMatch(/ref-conflict|protected/);
  expect((await proposeAll(stage, [`refs/heads/${'x'.repeat(240)}`]))[0]).toMatch(/ref-name/);
  // At the remote it is the same.
  const pushed = await stage.shell.run('git push origin HEAD:refs/heads/agent/newcomer');
  expect(pushed).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/remote rejected.*foreign-branch/),
  });
});

attack(
  'RF-07',
  'of a hundred commits on one stale parent exactly one is made',
  async (stage) => {
    const parent = await stage.valueOf(ownRef);
    const argv = ['commit', '--allow-empty', '-m', 'race'];
    const peers = Array.from({ length: 5 }, () => stage.peer());
    const answers = await Promise.all(
      peers.flatMap((peer) => Array.from({ length: 20 }, () => sendCommit(stage, { parent, argv }, peer))),
    );
    const codes = (answers as { result?: { exitCode: number } }[]).map(({ result }) => result?.exitCode);
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(await stage.shared('rev-list', '--count', `${parent}..${ownRef}`)).toBe('1');
  },
  { refs: new RegExp(`^${ownRef}$`) },
);

attack(
  'RF-08',
  'a ref that went from A to B and back to A is A: compared by id, for its owner only',
  async (stage) => {
    const before = await stage.valueOf(ownRef);
    const { id, pack } = await packedCommit(stage);
    expectDone(await sendProposal(stage, [{ ref: ownRef, old: before, new: id }], { pack }));
    expectDone(await sendProposal(stage, [{ ref: ownRef, old: id, new: before }]));
    expectDone(await sendProposal(stage, [{ ref: ownRef, old: before, new: id }]));
    expect(refusalOf(await sendProposal(stage, [{ ref: ownRef, old: before, new: stage.main }]))).toMatch(
      /ref-changed/,
    );
  },
  { refs: new RegExp(`^${ownRef}$`) },
);

attack(
  'RF-09',
  'a lock of somebody else is waited for, then told, and never removed',
  async (stage) => {
    expect((await stage.shell.run(`touch /gitiso/shared/refs/heads/x.lock`)).output).toMatch(
      /Read-only file system/,
    );
    const lock = join(stage.bare, `${ownRef}.lock`);
    writeFileSync(lock, '');
    try {
      expect(refusalOf(await sendCommit(stage, { argv: ['commit', '--allow-empty', '-m', 'x'] }))).toMatch(
        /storage-failed/,
      );
      expect(existsSync(lock)).toBe(true);
    } finally {
      rmSync(lock);
    }
  },
  { objects: true },
);

attack(
  'RF-11',
  'transactions over the same refs in opposite order all end',
  async (stage) => {
    const names = ['refs/heads/order/a', 'refs/heads/order/b', 'refs/heads/order/c'];
    const tip = stage.main;
    const rounds = Array.from({ length: 12 }, (_, round) => {
      const ordered = round % 2 === 0 ? names : [...names].reverse();
      const lines = ordered.map((ref) => `create ${ref} ${tip}`).join('\\n');
      const shell = round % 3 === 0 ? stage.bystanderShell : stage.shell;
      return shell.run(`printf '${lines}\\n' | git update-ref --stdin`);
    });
    const ended = await Promise.all(rounds);
    expect(ended.map(({ exitCode }) => exitCode)).toContain(0);
    expect(await stage.shared('for-each-ref', '--format=%(objectname)', 'refs/heads/order')).toBe(
      [tip, tip, tip].join('\n'),
    );
  },
  { refs: /^refs\/heads\/order\//, bystander: /./ },
);

attack(
  'RF-12',
  'a branch that is made a symbolic ref to main moves main not at all',
  async (stage) => {
    await stage.shell.run(
      `git symbolic-ref ${ownRef} refs/heads/main && git commit -q --allow-empty -m through`,
    );
    await stage.shell.run(
      `printf 'ref: refs/heads/main\\n' > .git/${ownRef}; git commit -q --allow-empty -m again`,
    );
    expect(await stage.valueOf('refs/heads/main')).toBe(stage.main);
    expect(
      await stage.shared('for-each-ref', '--format=%(symref)', 'refs/heads').then((all) => all.trim()),
    ).toBe('');
    await stage.shell.run(`rm -f .git/${ownRef}; git status`);
  },
  { refs: new RegExp(`^${ownRef}$`) },
);

attack('RF-13', 'more refs than a transaction may have are refused', async (stage) => {
  const many = Array.from({ length: 10_001 }, (_, index) => ({
    ref: `refs/heads/many/${String(index)}`,
    new: stage.main,
  }));
  const peer = stage.peer();
  await expect(sendProposal(stage, many, {}, peer)).rejects.toThrow('limit-exceeded');
  await peer.closed;
});

attack(
  'RF-21',
  'the rename of a branch that does not exist makes none, whatever value it is said to have',
  async (stage) => {
    const argv = ['git', 'branch', '-m', 'nothing', 'dangling'];
    for (const old of ['1'.repeat(40), await stage.shared('rev-parse', 'main^{tree}')])
      await sendProposal(stage, [{ ref: 'refs/heads/nothing', old, new: zeroOid }], { argv });
    expect(await stage.valueOf('refs/heads/dangling')).toBe('');
  },
);

attack(
  'RF-22',
  'taking back an accepted transaction does not reach what is another agent’s meanwhile',
  async (stage) => {
    const key = newKey();
    const ref = 'refs/heads/aba';
    expectDone(await sendProposal(stage, [{ ref, new: stage.main }], { key }));
    expectDone(await sendProposal(stage, [{ ref, old: stage.main, new: zeroOid }]));
    await stage.bystanderShell.ok('git branch aba main');
    await sendProposal(stage, [{ ref, new: stage.main }], { key, origin: 'undo' });
    expect(await stage.valueOf(ref)).toBe(stage.main);
    await stage.bystanderShell.ok('git branch -f aba main~1 && git branch -D aba');
  },
  { bystander: /./ },
);

attack(
  'RF-23',
  'a transaction that is held up while its name becomes another’s changes no ownership',
  async (stage) => {
    const { id, pack } = await packedCommit(stage);
    const ref = 'refs/heads/coveted';
    const peer = stage.peer();
    const commit = { ref, argv: ['commit', '--allow-empty', '-m', 'mine'], parent: stage.main };
    const commits: ReturnType<typeof sendCommit>[] = [];
    const held = await sendProposal(stage, [{ ref, new: id }], {
      pack: async () => {
        await stage.bystanderShell.ok('git branch coveted main');
        for (let round = 0; round < 20; round += 1) commits.push(sendCommit(stage, commit, peer));
        return pack();
      },
    });
    expect(refusalOf(held)).toMatch(/ref-changed/);
    for (const answer of await Promise.all(commits)) expect(refusalOf(answer)).toMatch(/foreign-branch/);
    await stage.bystanderShell.ok('git branch -f coveted main~1 && git branch -D coveted');
  },
  { bystander: /./, objects: true },
);

attack(
  'RF-24',
  'keys and transactions of another agent can not be taken back',
  async (stage) => {
    const tip = await stage.bystanderShell.ok('git commit -q --allow-empty -m theirs && git rev-parse HEAD');
    const parent = await stage.shared('rev-parse', `${tip}~1`);
    for (const key of [newKey(), '0'.repeat(32)])
      await sendProposal(stage, [{ ref: 'refs/heads/agent/alice', old: parent, new: tip }], {
        key,
        origin: 'undo',
      });
    expect(await stage.valueOf('refs/heads/agent/alice')).toBe(tip);
  },
  { refs: /^refs\/heads\/agent\/alice$/, bystander: /./ },
);
