import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  truncateSync,
  writeFileSync,
  chmodSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Change, CommitRequest, CommitResult } from '../../../../daemon/git/commit-engine';
import { zeroOid, type AgentId, type Oid, type RefName, type RepoId } from '../../../../shared/ids';
import { blob, git, makeState, openEngine, person, request } from './engine-fixture';

let state: ReturnType<typeof makeState>;
let open: Awaited<ReturnType<typeof openEngine>>;

beforeEach(async () => {
  state = makeState();
  open = await openEngine(state.root);
});

afterEach(async () => {
  await open.close();
  state.remove();
});

async function commit(change: Parameters<typeof request>[0]): Promise<Oid> {
  const result = await open.engine.commit(request(change));
  if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
  return result.commit;
}

function put(path: string, id: Oid, mode: '100644' | '100755' | '120000' = '100644'): Change {
  return { kind: 'put', path, mode, id };
}

function files(commitId: Oid): string[] {
  return git(state.git, 'ls-tree', '-r', '--format=%(objectmode) %(path)', commitId)
    .split('\n')
    .filter(Boolean);
}

async function rule(change: Partial<CommitRequest>): Promise<string> {
  const result = await open.engine.commit(request({ old: zeroOid, ...change }));
  return result.kind === 'denied' ? result.rule : result.kind;
}

test('the first commit of an unborn branch is a valid root commit with author, committer, date and message', async () => {
  const one = blob('hello\n');
  const id = await commit({
    old: zeroOid,
    blobs: [one],
    changes: [put('dir/file.txt', one.id)],
    message: 'subject\n\nbody ü\n'.replace('ü', '\xc3\xbc'),
  });
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(id);
  expect(files(id)).toEqual(['100644 dir/file.txt']);
  expect(git(state.git, 'log', '-1', '--format=%an|%ae|%cn|%ce|%B', id)).toBe(
    `${person.name}|${person.email}|${person.name}|${person.email}|subject\n\nbody ü`,
  );
  expect(git(state.git, 'log', '-1', '--format=%ai', id)).toMatch(/\+0100$/);
  git(state.git, 'fsck', '--strict');
});

test('changes, deletions, modes, renames and file-folder swaps give the tree git would make', async () => {
  const a = blob('a');
  const b = blob('b', 'raw');
  let head = await commit({
    old: zeroOid,
    blobs: [a, b],
    changes: [put('x/1', a.id), put('x/2', b.id), put('y', a.id), put('z/deep/er', b.id)],
  });
  head = await commit({
    old: head,
    changes: [
      { kind: 'delete', path: 'x/1' },
      { kind: 'delete', path: 'x/2' },
      put('x', a.id, '100755'),
      { kind: 'delete', path: 'y' },
      put('y/inside', b.id, '120000'),
      { kind: 'delete', path: 'z/deep/er' },
    ],
  });
  expect(files(head)).toEqual(['100755 x', '120000 y/inside']);
  head = await commit({
    old: head,
    changes: [
      { kind: 'delete', path: 'x' },
      { kind: 'delete', path: 'y/inside' },
    ],
  });
  expect(git(state.git, 'rev-parse', `${head}^{tree}`)).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  git(state.git, 'fsck', '--strict');
});

test('paths that are not ASCII keep their bytes', async () => {
  const a = blob('a');
  const head = await commit({
    old: zeroOid,
    blobs: [a],
    changes: [put(Buffer.from('ümläut/ 日本').toString('latin1'), a.id)],
  });
  expect(git(state.git, '-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', head)).toBe(
    'ümläut/ 日本',
  );
});

test.each([
  ['.git/config', 'path-form'],
  ['a/.GIT/hooks/x', 'path-form'],
  ['.g\xe2\x80\x8cit/x', 'path-form'],
  ['git~1', 'path-form'],
  ['.git . /x', 'path-form'],
  ['a\\.git\\config', 'path-form'],
  ['.git::$INDEX_ALLOCATION/x', 'path-form'],
  ['../x', 'path-form'],
  ['/etc/passwd', 'path-form'],
  ['a//b', 'path-form'],
  ['a/', 'path-form'],
  ['.', 'path-form'],
  ['', 'path-length'],
  ['a\nb', 'path-form'],
  ['x'.repeat(256), 'path-form'],
  ['a/'.repeat(70) + 'b', 'path-depth'],
  ['a/'.repeat(3000) + 'b', 'path-length'],
])('the path %j is refused by the rule %s', async (path, expected) => {
  const a = blob('a');
  expect(await rule({ blobs: [a], changes: [put(path, a.id)] })).toBe(expected);
  expect(git(state.git, 'for-each-ref')).toBe('');
});

test('odd modes, links in place of interpreted files, nested repositories and duplicates are refused', async () => {
  const a = blob('a');
  const odd = { kind: 'put', path: 'x', mode: '100664', id: a.id } as unknown as Change;
  expect(await rule({ blobs: [a], changes: [odd] })).toBe('file-mode');
  expect(await rule({ blobs: [a], changes: [put('d/.gitattributes', a.id, '120000')] })).toBe('symlink');
  expect(await rule({ blobs: [a], changes: [{ kind: 'put', path: 'sub', mode: '160000', id: a.id }] })).toBe(
    'gitlink',
  );
  expect(await rule({ blobs: [a], changes: [put('x', a.id), put('x', a.id)] })).toBe('path-duplicate');
  expect(await rule({ blobs: [a], changes: [put('x', a.id), put('x/y', a.id)] })).toBe(
    'file-folder-conflict',
  );
});

test('an object that does not hash to its name, is no blob, or is cut short is refused and leaves nothing behind', async () => {
  const a = blob('a');
  const other = blob('other');
  expect(await rule({ blobs: [{ ...a, bytes: other.bytes }], changes: [put('x', a.id)] })).toBe(
    'object-hash',
  );
  expect(await rule({ blobs: [{ ...a, bytes: a.bytes.subarray(0, 8) }], changes: [put('x', a.id)] })).toBe(
    'object-form',
  );
  expect(await rule({ blobs: [{ ...a, bytes: Buffer.from('junk') }], changes: [put('x', a.id)] })).toBe(
    'object-form',
  );
  const bomb = blob(Buffer.alloc(20_000_000));
  expect(await rule({ blobs: [bomb], changes: [put('x', bomb.id)] })).toBe('object-form');
  expect(git(state.git, 'for-each-ref')).toBe('');
  git(state.git, 'fsck', '--strict');
});

test('blobs that nobody offered and the repository lacks are asked for by name', async () => {
  const a = blob('a');
  const b = blob('b');
  const result = await open.engine.commit(
    request({ old: zeroOid, blobs: [a], changes: [put('a', a.id), put('b', b.id)] }),
  );
  expect(result).toEqual({ kind: 'missing', ids: [b.id] });
});

test('an agent moves its own branch only: not a protected one, not a foreign one, nothing outside refs/heads', async () => {
  expect(await rule({ ref: 'refs/heads/main' as RefName })).toBe('protected-branch');
  expect(await rule({ ref: 'refs/heads/MAIN' as RefName })).toBe('protected-branch');
  expect(await rule({ ref: 'refs/heads/agent/two' as RefName })).toBe('foreign-branch');
  expect(await rule({ ref: 'refs/tags/v1' as RefName })).toBe('ref-namespace');
  const denials = await open.audit.tail(10, (record) => record.verdict === 'denied');
  expect(denials.map((record) => record.rule)).toEqual([
    'protected-branch',
    'protected-branch',
    'foreign-branch',
    'ref-namespace',
  ]);
});

test('a forged committer, a newline in a name and absurd dates are refused', async () => {
  const good = request({ old: zeroOid }).committer;
  expect(await rule({ committer: { ...good, name: 'Someone Else' } })).toBe('identity-committer');
  expect(await rule({ author: { ...good, name: 'A\nauthor Mallory <m@m> 0 +0000' } })).toBe('identity-form');
  expect(await rule({ author: { ...good, time: -1 } })).toBe('identity-form');
  expect(await rule({ author: { ...good, offset: 9999 } })).toBe('identity-form');
  expect(await rule({ message: 'a\0b' })).toBe('message-form');
});

test('a commit on a branch that moved in the meantime is told the current value and changes nothing', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  const stale = await open.engine.commit(request({ old: zeroOid, blobs: [a], changes: [put('b', a.id)] }));
  expect(stale).toEqual({ kind: 'changed', current: head });
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(head);
  expect(readdirSync(join(state.git, 'refs/heads/agent'))).toEqual(['one']);
});

test('of many commits from one parent at once exactly one wins', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      open.engine.commit(request({ old: head, blobs: [a], changes: [put(`f${String(index)}`, a.id)] })),
    ),
  );
  expect(results.filter((result) => result.kind === 'committed')).toHaveLength(1);
  expect(results.filter((result) => result.kind === 'changed')).toHaveLength(29);
  expect(git(state.git, 'rev-list', '--count', 'refs/heads/agent/one')).toBe('2');
});

test('a retried key gets the first answer, also while the first is under way, also after a restart', async () => {
  const a = blob('a');
  const once = request({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  const [first, second] = await Promise.all([open.engine.commit(once), open.engine.commit(once)]);
  expect(second).toEqual(first);
  await open.close();
  open = await openEngine(state.root);
  expect(await open.engine.commit(once)).toEqual(first);
  expect(git(state.git, 'rev-list', '--count', 'refs/heads/agent/one')).toBe('1');
});

test('every accepted commit is audited in a chain that verifies, and an edit of the log is found', async () => {
  const a = blob('a');
  let head: Oid = zeroOid;
  for (let index = 0; index < 5; index += 1)
    head = await commit({ old: head, blobs: [a], changes: [put(`f${String(index)}`, a.id)] });
  await open.audit.sync();
  expect(await open.audit.verify()).toMatchObject({ valid: true, records: 5 });
  const segment = join(state.root, 'audit', '000000000001.jsonl');
  const text = readFileSync(segment, 'utf8');
  writeFileSync(segment, text.replace('"agent":"one"', '"agent":"two"'));
  expect(await open.audit.verify()).toMatchObject({ valid: false, problem: { line: 2 } });
  writeFileSync(segment, text.split('\n').slice(0, 3).join('\n') + '\n');
  expect((await open.audit.verify()).problem?.what).toMatch(/ends at record 3/);
  writeFileSync(segment, text);
});

test('the next start makes audit lines that a crash cut off again, from the journal (CR-08)', async () => {
  const a = blob('a');
  let head: Oid = zeroOid;
  for (let index = 0; index < 4; index += 1)
    head = await commit({ old: head, blobs: [a], changes: [put(`f${String(index)}`, a.id)] });
  await open.close();
  const segment = join(state.root, 'audit', '000000000001.jsonl');
  const before = readFileSync(segment, 'utf8');
  truncateSync(segment, before.indexOf('\n') + 30);
  open = await openEngine(state.root);
  expect(open.redone).toBe(4);
  expect((await open.audit.verify()).valid).toBe(true);
  const strip = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { refs: unknown }).refs);
  expect(strip(readFileSync(segment, 'utf8'))).toEqual(strip(before));
});

test('after a power loss that took refs and objects the next start has every acknowledged commit (CR-04, CR-05, CR-06, CR-07)', async () => {
  const contents = ['a', 'b', 'c'].map((text) => blob(text));
  let head: Oid = zeroOid;
  for (const [index, one] of contents.entries())
    head = await commit({ old: head, blobs: [one], changes: [put(`d/f${String(index)}`, one.id)] });
  await open.close();
  // What was not synced is gone: the ref, and loose objects empty or missing.
  writeFileSync(join(state.git, 'refs/heads/agent/one'), '');
  for (const [index, name] of looseObjects().entries()) {
    chmodSync(name, 0o644);
    if (index % 2 === 0) truncateSync(name, 0);
    else unlinkSync(name);
  }
  open = await openEngine(state.root);
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(head);
  expect(files(head)).toHaveLength(3);
  git(state.git, 'fsck', '--strict');
  expect((await open.audit.verify()).valid).toBe(true);
});

function looseObjects(): string[] {
  const objects = join(state.git, 'objects');
  return readdirSync(objects)
    .filter((name) => name.length === 2)
    .flatMap((name) => readdirSync(join(objects, name)).map((rest) => join(objects, name, rest)));
}

test('a record that was cut short in the journal was never acknowledged and is not done (CR-21)', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  await open.close();
  const journal = readdirSync(join(state.root, 'journal')).map((name) => join(state.root, 'journal', name));
  for (const path of journal) appendFileSync(path, Buffer.from([0x67, 0x69, 0x6a, 0x31, 0, 0, 0, 0]));
  open = await openEngine(state.root);
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(head);
});

test('a refused commit is not done by the next start, although it was journaled (CR-03)', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  await open.engine.commit(request({ old: zeroOid, blobs: [a], changes: [put('b', a.id)] }));
  await open.close();
  open = await openEngine(state.root);
  expect(open.redone).toBe(1);
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(head);
});

test('after a checkpoint the journal is empty and a start has nothing to do', async () => {
  const a = blob('a');
  await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  await open.audit.sync();
  await open.journal.checkpoint(() => Promise.resolve());
  await open.close();
  open = await openEngine(state.root);
  expect(open.redone).toBe(0);
});

test('more than a segment of records survives a restart, in order', async () => {
  let head: Oid = zeroOid;
  for (let index = 0; index < 12; index += 1) {
    const one = blob(
      Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919 * (index + 1)) % 251)),
      'raw',
    );
    head = await commit({ old: head, blobs: [one], changes: [put('big', one.id)] });
  }
  await open.close();
  open = await openEngine(state.root);
  expect(open.redone).toBe(12);
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(head);
});

test('a killed worker costs its request at most: the next one works and no lock stays (CR-18)', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  const attempts: Promise<CommitResult>[] = Array.from({ length: 5 }, (_, index) =>
    open.engine.commit(request({ old: head, blobs: [a], changes: [put(`k${String(index)}`, a.id)] })),
  );
  open.workers.killAll('SIGKILL');
  await Promise.allSettled(attempts);
  const current = git(state.git, 'rev-parse', 'refs/heads/agent/one') as Oid;
  const next = await commit({ old: current, blobs: [a], changes: [put('after', a.id)] });
  expect(git(state.git, 'rev-parse', 'refs/heads/agent/one')).toBe(next);
  expect(existsSync(join(state.git, 'refs/heads/agent/one.lock'))).toBe(false);
  expect(open.workers.restarts()).toBe(1);
  git(state.git, 'fsck', '--strict');
});

test('several refs move together or not at all, and a ref below an existing one is refused', async () => {
  const a = blob('a');
  const head = await commit({ old: zeroOid, blobs: [a], changes: [put('a', a.id)] });
  const origin = { agent: null, method: 'test', argv: [] };
  const x = 'refs/gitiso/snapshots/one/1' as RefName;
  const repo = 'r' as RepoId;
  expect(
    await open.refs.apply(
      repo,
      [
        { ref: x, old: zeroOid, new: head },
        { ref: 'refs/heads/agent/one' as RefName, old: zeroOid, new: head },
      ],
      origin,
    ),
  ).toMatchObject({ kind: 'changed' });
  expect(await open.refs.read(repo, x)).toBeNull();
  expect(await open.refs.apply(repo, [{ ref: x, old: zeroOid, new: head }], origin)).toEqual({
    kind: 'updated',
  });
  await expect(
    open.refs.apply(
      repo,
      [{ ref: 'refs/heads/agent/one/below' as RefName, old: zeroOid, new: head }],
      origin,
    ),
  ).rejects.toMatchObject({ code: 'invalid-change' });
  await expect(
    open.refs.apply(repo, [{ ref: 'refs/heads/agent' as RefName, old: zeroOid, new: head }], origin),
  ).rejects.toMatchObject({ code: 'invalid-change' });
  expect(await open.refs.apply(repo, [{ ref: x, old: head, new: zeroOid }], origin)).toEqual({
    kind: 'updated',
  });
  expect(await open.refs.read(repo, x)).toBeNull();
});

test('a message in another encoding keeps its bytes and its header', async () => {
  const a = blob('a');
  const result = await open.engine.commit({
    ...request({
      old: zeroOid,
      blobs: [a],
      changes: [put('a', a.id)],
      message: 'gr\xfc\xdfe\n',
      encoding: 'ISO-8859-1',
    }),
    agent: 'one' as AgentId,
  });
  if (result.kind !== 'committed') throw new Error(JSON.stringify(result));
  expect(git(state.git, 'log', '-1', '--format=%B', result.commit)).toBe('grüße');
  expect(await open.engine.readCommit('r' as RepoId, result.commit)).toMatchObject({
    message: 'gr\xfc\xdfe\n',
    encoding: 'ISO-8859-1',
  });
});
