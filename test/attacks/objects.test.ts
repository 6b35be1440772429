/** Forged objects (docs/threats.md, OB): by commit, by transaction, and where only packs can say it, as a pack of the hook. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import {
  commitOf,
  deltaEntry,
  idOf,
  looseFile,
  offsetDeltaEntry,
  packEntry,
  packOf,
  sealedPack,
  treeOf,
  varint,
  type Item,
  type TreeEntry,
} from '../helpers/forged-objects';
import { attacker, attackSuite, ownRef, type AttackStage } from './harness/attack-stage';
import { person, refusalOf, sendCommit, sendProposal } from './harness/requests';

/** Small, so that what is too large need not be large. */
const limits = { blobBytes: 1 << 20, commitBytes: 4 << 20 };
const { attack } = attackSuite({ config: { limits } });
const blob: Item = ['blob', 'forged\n'];
const id = idOf(blob);
const own = new RegExp(`^${ownRef}$`);

/** A commit with one file whose loose object is this. */
function commitFile(stage: AttackStage, name: string, file: Buffer) {
  return sendCommit(stage, { entries: [{ path: 'forged', id: name }], objects: [[name, file]] });
}

/** A transaction to `tip`, with this pack. */
async function propose(stage: AttackStage, tip: string, pack: Buffer): Promise<string> {
  const old = await stage.valueOf(ownRef);
  return refusalOf(await sendProposal(stage, [{ ref: ownRef, old, new: tip }], { pack }));
}

async function proposeItems(stage: AttackStage, items: readonly Item[], tip = items.at(-1)): Promise<string> {
  return propose(stage, tip === undefined ? '1'.repeat(40) : idOf(tip), packOf(...items));
}

function commitOn(stage: AttackStage, tree: string, more: object = {}): Item {
  return commitOf({ tree, parents: [stage.main], author: person, ...more });
}

async function proposeTree(stage: AttackStage, ...entries: readonly TreeEntry[]): Promise<string> {
  const tree = treeOf(...entries);
  return proposeItems(stage, [blob, tree, commitOn(stage, idOf(tree))]);
}

/** Resident memory of the daemon; bytes. */
function memoryOf(stage: AttackStage): number {
  const status = readFileSync(`/proc/${String(stage.daemon.pid())}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

attack('OB-01', 'an object whose content is another than its name says', async (stage) => {
  const other = idOf(['blob', 'what it is said to be\n']);
  expect(refusalOf(await commitFile(stage, other, looseFile(blob)))).toMatch(/object-hash/);
});

attack('OB-02', 'an object that is cut off', async (stage) => {
  expect(refusalOf(await commitFile(stage, id, looseFile(blob).subarray(0, -6)))).toMatch(/object-form/);
  expect(refusalOf(await commitFile(stage, id, Buffer.alloc(0)))).toMatch(/object-form/);
});

attack('OB-03', 'an object that says it has terabytes', async (stage) => {
  for (const size of ['8589934592', '109951162777600', '9'.repeat(19), '-1', '007'])
    expect(refusalOf(await commitFile(stage, id, looseFile(blob, `blob ${size}\0`)))).toMatch(/object-form/);
  const entry = packEntry(blob, 2 ** 40);
  expect(await propose(stage, '1'.repeat(40), sealedPack(1, entry))).toMatch(/invalid-object|limit-exceeded/);
});

attack('OB-05', 'a few bytes that unpack to hundreds of megabytes', async (stage) => {
  const before = memoryOf(stage);
  const bomb = Buffer.concat([Buffer.from(`blob ${String(40 << 20)}\0`), Buffer.alloc(40 << 20)]);
  expect(refusalOf(await commitFile(stage, id, deflateSync(bomb)))).toMatch(/object-form/);
  const packed = await propose(
    stage,
    '1'.repeat(40),
    sealedPack(1, packEntry(['blob', Buffer.alloc(20 << 20)])),
  );
  expect(packed).toMatch(/limit-exceeded|invalid-object/);
  expect(memoryOf(stage) - before).toBeLessThan(100 << 20);
});

attack('OB-06', 'a file that is larger than a commit may hold is told so', async (stage) => {
  const said = await stage.shell.run(
    'head -c 3000000 /dev/zero > big; git add big; git commit -q -m big; rm big; git rm -q --cached big',
  );
  expect(said.output).toMatch(/size limit|limit-exceeded|larger than/);
});

attack('OB-07', 'objects of another type than they are used as', async (stage) => {
  const tree = treeOf(['100644', 'a', id]);
  expect(await proposeTree(stage, ['40000', 'a', id])).toMatch(/invalid-object/);
  const wrong = treeOf(['100644', 'a', idOf(tree)]);
  expect(await proposeItems(stage, [blob, tree, wrong, commitOn(stage, idOf(wrong))])).toMatch(
    /invalid-object/,
  );
  expect(await proposeItems(stage, [commitOn(stage, stage.main)])).toMatch(/invalid-object/);
  expect(await proposeItems(stage, [blob, tree], tree)).toMatch(/object-missing/);
});

attack('OB-09', 'trees that no git would write', async (stage) => {
  const file = (name: string, mode = '100644'): TreeEntry => [mode, name, id];
  const bad: readonly (readonly TreeEntry[])[] = [
    [file('.git')],
    [file('..')],
    [file('.')],
    [file('')],
    [file('a/b')],
    [file('a'), file('a')],
    [file('b'), file('a')],
    [file('.GIT', '40000')],
    [file('git~1', '40000')],
    [file('a', '100664')],
    [file('a', '107777')],
    [file('a', '0100644')],
    [file('.gitattributes', '120000')],
    [file('.gitmodules', '120000')],
    [file('x'.repeat(300))],
    [file('a\x1b[2Jb')],
    [['160000', 'sub', stage.main]],
    [file('\xff\xfe')],
    [['100644', 'zero', '0'.repeat(40)]],
  ];
  for (const entries of bad) expect(await proposeTree(stage, ...entries)).toMatch(/invalid-object|path-form/);
});

attack('OB-10', 'commits that no git would write', async (stage) => {
  const tree = treeOf(['100644', 'a', id]);
  const treeId = idOf(tree);
  const bad: readonly Item[] = [
    ['commit', `tree ${treeId}\n\nno people\n`],
    [
      'commit',
      `parent ${stage.main}\ntree ${treeId}\nauthor ${person} 1 +0000\ncommitter ${person} 1 +0000\n\nx\n`,
    ],
    commitOf({ tree: treeId, parents: ['1'.repeat(40)], author: person }),
    commitOf({ tree: treeId, parents: [treeId], author: person }),
    commitOf({ tree: '0'.repeat(40), parents: [stage.main], author: person }),
    commitOn(stage, treeId, { message: 'a\0b' }),
    ['commit', Buffer.alloc(100)],
    commitOf({ tree: treeId, parents: Array.from({ length: 1000 }, () => '2'.repeat(40)), author: person }),
  ];
  for (const commit of bad)
    expect(await proposeItems(stage, [blob, tree, commit])).toMatch(
      /invalid-object|commit-form|message-form/,
    );
});

attack('OB-11', 'forged signatures are nothing that the daemon vouches for', async (stage) => {
  const tree = treeOf(['100644', 'a', id]);
  const more = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n forged\n -----END PGP SIGNATURE-----\n';
  const signed = commitOn(stage, idOf(tree), { more, committer: 'Root <root@example.invalid>' });
  expect(await proposeItems(stage, [blob, tree, signed])).toMatch(/identity-committer/);
  const strange = commitOn(stage, idOf(tree), { more: `encoding UTF-7\x1b[2J${'x'.repeat(60)}\n` });
  expect(await proposeItems(stage, [blob, tree, strange])).toMatch(/message-encoding/);
});

attack(
  'OB-13',
  'attributes with endless lines and macros are never read on the host',
  async (stage) => {
    const attributes: Item = [
      'blob',
      `${'* '.padEnd(5000, 'x')}\n${'[attr]m m\n'.repeat(1000)}* filter=evil diff=evil\n`,
    ];
    const done = await sendCommit(stage, {
      entries: [{ path: '.gitattributes', id: idOf(attributes) }],
      objects: [[idOf(attributes), looseFile(attributes)]],
    });
    expect(done).toMatchObject({ result: { exitCode: 0 } });
    await stage.client.call('commit.log', { repo: 'r' });
  },
  { refs: own },
);

attack(
  'OB-14',
  'format characters in a message are text to the host',
  async (stage) => {
    const argv = ['commit', '--allow-empty', '-m', '%<(2147483647)%C(red)%n %x00 %(trailers)'];
    expect(await sendCommit(stage, { argv })).toMatchObject({ result: { exitCode: 0 } });
    const { commits } = await stage.client.call('commit.log', { repo: 'r', limit: 5 });
    expect(commits.map(({ subject }) => subject)).toContain('%<(2147483647)%C(red)%n %x00 %(trailers)');
  },
  { refs: own },
);

/**
 * Nobody has published two objects of git with one name; what stands for a collision is a file of the repository's store
 * with other bytes than its name says.
 */
attack(
  'OB-15',
  'an object that is there is never replaced by one of the same name',
  async (stage) => {
    const there = await stage.shared('rev-parse', 'main:dir-0/file-0.txt');
    const before = await stage.shared('cat-file', '-p', there);
    expect(refusalOf(await commitFile(stage, there, looseFile(['blob', 'collided\n'])))).toMatch(
      /object-hash/,
    );
    expect(await stage.shared('cat-file', '-p', there)).toBe(before);

    const second: Item = ['blob', 'second of two\n'];
    const name = idOf(second);
    const path = join(stage.bare, 'objects', name.slice(0, 2), name.slice(2));
    const first = looseFile(['blob', 'first of two\n']);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, first);
    try {
      const tree = treeOf(['100644', 'a', name]);
      const commit = commitOn(stage, idOf(tree));
      const update = { ref: ownRef, old: await stage.valueOf(ownRef), new: idOf(commit) };
      await sendProposal(stage, [update], { pack: packOf(second, tree, commit) });
      expect(readFileSync(path)).toEqual(first);
      await commitFile(stage, name, looseFile(second));
      expect(readFileSync(path)).toEqual(first);
    } finally {
      writeFileSync(path, looseFile(second));
    }
  },
  { refs: own },
);

attack(
  'OB-17',
  'eleven trees that unfold to ten thousand million paths are never unfolded on the host',
  async (stage) => {
    const items: Item[] = [blob];
    let below = id;
    for (let level = 0; level < 10; level += 1) {
      const mode = level === 0 ? '100644' : '40000';
      const tree = treeOf(
        ...Array.from({ length: 10 }, (_, index): TreeEntry => [mode, `n${String(index)}`, below]),
      );
      items.push(tree);
      below = idOf(tree);
    }
    const commit = commitOn(stage, below);
    const old = await stage.valueOf(ownRef);
    const answer = await sendProposal(stage, [{ ref: ownRef, old, new: idOf(commit) }], {
      pack: packOf(...items, commit),
    });
    // git takes it, and so does the daemon.
    expect(answer['error']).toBeUndefined();
    expect(await stage.valueOf(ownRef)).toBe(idOf(commit));
    await stage.client.call('commit.log', { repo: 'r' });
    await stage.client.call('agent.stats', { id: attacker });
    // The host's index of the workspace, which is written a little later, is not.
    const refused = /host's index[^\n]*limit-exceeded/;
    while (!refused.test(stage.daemon.log())) await sleep(50);
  },
  { refs: own },
  120_000,
);

attack(
  'OB-18',
  'folders thousands deep',
  async (stage) => {
    const items: Item[] = [blob];
    let below = id;
    for (let level = 0; level < 3000; level += 1) {
      const tree = treeOf([level === 0 ? '100644' : '40000', 'd', below]);
      items.push(tree);
      below = idOf(tree);
    }
    expect(await proposeItems(stage, [...items, commitOn(stage, below)])).toMatch(/path-form|invalid-object/);
  },
  { objects: true },
);

attack('OB-19', 'packs that lie', async (stage) => {
  const tip = '1'.repeat(40);
  const base = Buffer.alloc(10, 'a');
  const grow = (size: number) => Buffer.concat([varint(base.length), varint(size), Buffer.from([0x90, 10])]);
  const bad: readonly Buffer[] = [
    Buffer.concat([packOf(blob).subarray(0, -20), Buffer.alloc(20)]),
    sealedPack(0xffffffff, packEntry(blob)),
    sealedPack(2, packEntry(blob)),
    sealedPack(1, deltaEntry('1'.repeat(40), grow(10))),
    sealedPack(1, offsetDeltaEntry(100, grow(10))),
    sealedPack(
      2,
      Buffer.concat([packEntry(['blob', base]), deltaEntry(idOf(['blob', base]), grow(2 ** 52))]),
    ),
    sealedPack(
      2,
      Buffer.concat([deltaEntry('2'.repeat(40), grow(10)), deltaEntry('3'.repeat(40), grow(10))]),
    ),
    packOf(blob).subarray(0, 20),
    Buffer.from('PACK'),
    randomBytes(5000),
  ];
  for (const pack of bad)
    expect(await propose(stage, tip, pack)).toMatch(/invalid-object|limit-exceeded|object-missing/);
});

attack('OB-21', 'objects that are not all there', async (stage) => {
  const tree = treeOf(['100644', 'a', idOf(['blob', 'nobody has it\n'])]);
  const commit = commitOn(stage, idOf(tree));
  expect(await proposeItems(stage, [tree, commit])).toMatch(/invalid-object/);
  expect(await proposeItems(stage, [commitOn(stage, '3'.repeat(40))])).toMatch(/invalid-object/);
  expect(await propose(stage, '4'.repeat(40), packOf())).toMatch(/object-missing/);
});

attack('OB-22', 'a thin pack on an object of another repository', async (stage) => {
  const foreign = await stage.client
    .call('repo.show', { id: 'other' })
    .then(() => idOf(['blob', 'the-secret-of-somebody-else']));
  const copy = Buffer.concat([varint(27), varint(27), Buffer.from([0x90, 27])]);
  expect(await propose(stage, foreign, sealedPack(1, deltaEntry(foreign, copy)))).toMatch(/invalid-object/);
  expect(
    refusalOf(
      await sendCommit(stage, { entries: [{ path: 'stolen', id: foreign }] }).then((answer) => {
        // The daemon does not have it here: the container's git is told to find it.
        const { result } = answer as { result?: { exec: unknown } };
        return result?.exec === null ? answer : { result: { exitCode: 1, stderr: 'missing' } };
      }),
    ),
  ).toMatch(/missing/);
});
