/** The disk of the repositories fills while refs are moved: nothing is half done, and nothing is acknowledged that was not. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreName } from '../../../../daemon/stores';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';
import { makeDisk, type Disk } from '../../../survival/disk';
import { git, openEngine } from './engine-fixture';

const isRoot = process.getuid?.() === 0;
const origin = { agent: null, method: 'test', argv: [] };
const store = 'r' as StoreName;
const ref = (name: string) => `refs/heads/${name}` as RefName;

let disk: Disk;
let root: string;
let repository: string;
let commit: Oid;
let engine: Awaited<ReturnType<typeof openEngine>>;

beforeEach(async () => {
  if (!isRoot) return;
  disk = await makeDisk(tempDir(), 48);
  await disk.mount('ordered');
  root = join(disk.folder, 's');
  repository = join(root, 'repos', 'r.git');
  for (const name of ['journal', 'audit', 'repos', 'staging'])
    mkdirSync(join(root, name), { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', '--template=', repository]);
  const tree = git(repository, 'mktree', '--missing');
  commit = git(repository, 'commit-tree', '-m', 'first', tree) as Oid;
  engine = await openEngine(root);
});

afterEach(async () => {
  if (!isRoot) return;
  await engine.close();
  await disk.unmount();
});

const heads = () => git(repository, 'for-each-ref', '--format=%(refname) %(objectname)');

/** Closes, and looks at what a restart makes of it. */
async function restart(): Promise<void> {
  await engine.close();
  engine = await openEngine(root);
}

testIf(isRoot, 'needs root')(
  'a ref that can not be written is not acknowledged, and the next try succeeds',
  async () => {
    await engine.refs.apply(store, [{ ref: ref('a'), old: zeroOid, new: commit }], origin);
    // The folder of the name is there: only the file's contents have no place any more.
    await disk.fill();
    const second = [{ ref: ref('b'), old: zeroOid, new: commit }];
    await expect(engine.refs.apply(store, second, origin)).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('can not be written') as string,
    });
    expect(heads()).toBe(`refs/heads/a ${commit}`);
    await disk.release();
    await restart();
    expect(heads()).toBe(`refs/heads/a ${commit}`);
    expect(await engine.refs.apply(store, second, origin)).toEqual({ kind: 'updated' });
    await restart();
    expect(heads()).toBe(`refs/heads/a ${commit}\nrefs/heads/b ${commit}`);
    const lines = await engine.audit.tail(10, () => true);
    expect(lines.flatMap(({ refs }) => refs.map((move) => move.ref))).toEqual([ref('a'), ref('b')]);
  },
);

testIf(isRoot, 'needs root')('a branch is not lost when its new name can not be made', async () => {
  await engine.refs.apply(store, [{ ref: ref('x'), old: zeroOid, new: commit }], origin);
  await disk.fill();
  const gone = { ref: ref('x'), old: commit, new: zeroOid };
  const come = { ref: ref('x/z'), old: zeroOid, new: commit };
  const replacing = expect(engine.refs.replace(store, gone, come, origin)).rejects.toBeDefined();
  await sleep(1000);
  await disk.release();
  await replacing;
  expect(heads()).toBe(`refs/heads/x ${commit}`);
  await restart();
  expect(heads()).toBe(`refs/heads/x ${commit}`);
  expect(await engine.refs.replace(store, gone, come, origin)).toEqual({ kind: 'updated' });
  expect(heads()).toBe(`refs/heads/x/z ${commit}`);
});
