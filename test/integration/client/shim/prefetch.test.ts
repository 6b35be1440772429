/** What the shim of `git commit` sends ahead of the daemon's asking. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { commitPrefetch } from '../../../../shared/invocation';
import { converseWith, type Converse } from './converse';
import { outcome, startFakeDaemon, type Call, type FakeDaemon } from './fake-daemon';
import { createShimWorld, type ShimWorld } from './shim-world';

let world: ShimWorld;
let daemon: FakeDaemon;

beforeAll(async () => {
  world = createShimWorld();
  daemon = await startFakeDaemon(world.socket, () => outcome());
});
afterAll(async () => {
  await daemon.stop();
  world.remove();
});

const converse: Converse = (...parameters) => converseWith(world, daemon, ...parameters);

function loosePath(id: string): string {
  return join(world.gitdir, 'objects', id.slice(0, 2), id.slice(2));
}

function parseObjects(attachment: Buffer): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  for (let at = 0; at < attachment.length;) {
    const end = attachment.indexOf('\n', at);
    const [id = '', length = ''] = attachment.subarray(at, end).toString('latin1').split(' ');
    objects.set(id, attachment.subarray(end + 1, end + 1 + Number(length)));
    at = end + 1 + Number(length);
  }
  return objects;
}

const stage = (name: string, content: string | Buffer): string => {
  writeFileSync(join(world.workspace, name), content);
  world.git('add', '--', name);
  return world.git('rev-parse', `:${name}`).trim();
};
const commit = async (args: readonly string[] = ['commit', '-m', 'x']): Promise<Call> => {
  let seen: Call | undefined;
  const result = await converse((_, call) => ((seen = call), outcome()), args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  if (seen === undefined) throw new Error('the daemon was not called');
  return seen;
};
const parent = (): string => world.git('rev-parse', world.branch).trim();

afterEach(() => {
  world.git('reset', '-q');
  rmSync(join(world.gitdir, 'objects'), { recursive: true });
  mkdirSync(join(world.gitdir, 'objects/info'), { recursive: true });
  writeFileSync(join(world.gitdir, 'objects/info/alternates'), `${join(world.shared, 'objects')}\n`);
});

test('the change list is what git prints, the objects are the loose files as they are', async () => {
  const ids = [stage('new file.txt', 'new\n'), stage('caf\u00e9', 'bytes'), stage('a.txt', 'changed\n')];
  world.git('mv', 'sub folder/deep/b.txt', 'moved.txt');

  const call = await commit();

  expect(call.params).toMatchObject({ parent: parent(), prefetched: true });
  const expected = execFileSync('/usr/bin/git', [...commitPrefetch, parent()], {
    cwd: world.workspace,
    env: world.env,
  });
  expect(call.attachments[0]).toEqual(expected);
  expect(expected.toString()).toContain('R100');
  const objects = parseObjects(call.attachments[1] ?? Buffer.alloc(0));
  expect([...objects.keys()].sort()).toEqual(ids.sort());
  for (const [id, bytes] of objects) expect(bytes).toEqual(readFileSync(loosePath(id)));
  world.git('mv', 'moved.txt', 'sub folder/deep/b.txt');
});

test('nothing staged and deletions only: both attachments are there, without objects', async () => {
  expect((await commit()).attachments).toEqual([Buffer.alloc(0), Buffer.alloc(0)]);
  world.git('rm', '-q', '--cached', 'a.txt');
  expect((await commit()).attachments[1]).toEqual(Buffer.alloc(0));
});

test('what is no regular file in the quarantine is left out; what a linked folder holds is sent', async () => {
  const [link = '', folderLink = '', fifo = '', kept = ''] = ['one', 'two', 'three', 'four'].map((text) =>
    stage(text, text),
  );
  const outside = join(world.root, 'outside');
  mkdirSync(outside);
  linkSync(loosePath(link), join(outside, 'object'));
  rmSync(loosePath(link));
  symlinkSync(join(outside, 'object'), loosePath(link));
  const folder = join(world.gitdir, 'objects', folderLink.slice(0, 2));
  execFileSync('mv', [folder, join(outside, 'folder')]);
  symlinkSync(join(outside, 'folder'), folder);
  chmodSync(join(loosePath(fifo), '..'), 0o755);
  rmSync(loosePath(fifo));
  execFileSync('mkfifo', [loosePath(fifo)]);

  const call = await commit();

  expect(call.params['prefetched']).toBe(true);
  const sent = [...parseObjects(call.attachments[1] ?? Buffer.alloc(0)).keys()];
  expect(sent.sort()).toEqual([folderLink, kept].sort());
  rmSync(outside, { recursive: true });
});

test('objects beyond 8 MiB wait until they are asked for', async () => {
  world.git('config', 'core.compression', '0');
  const big = stage('big', Buffer.alloc(7 << 20, 'x'));
  stage('bigger', Buffer.alloc(7 << 20, 'y'));
  const small = stage('small', 'small');

  const call = await commit();

  expect([...parseObjects(call.attachments[1] ?? Buffer.alloc(0)).keys()].sort()).toEqual(
    [big, small].sort(),
  );
  world.git('config', '--unset', 'core.compression');
});

test('a change list of more than 4 MiB is not sent', async () => {
  const id = stage('base', 'base');
  const name = 'n'.repeat(200);
  const entries = Array.from({ length: 16_000 }, (_, i) => `100644 ${id}\tmany/${name}${String(i)}\0`).join(
    '',
  );
  execFileSync('/usr/bin/git', ['update-index', '-z', '--index-info'], {
    cwd: world.workspace,
    env: world.env,
    input: entries,
  });

  const call = await commit();

  expect(call.params).toMatchObject({ parent: null, prefetched: false });
  expect(call.attachments).toEqual([]);
});

test('a broken index, a detached HEAD and an unborn branch: nothing is sent ahead', async () => {
  const index = join(world.gitdir, 'index');
  const head = join(world.gitdir, 'HEAD');
  const good = readFileSync(index);
  writeFileSync(index, 'broken');
  expect((await commit()).params).toMatchObject({ parent: null, prefetched: false });
  writeFileSync(index, good);

  for (const content of [
    parent(),
    'ref: refs/heads/unborn',
    'ref: refs/heads',
    `ref: ${'x'.repeat(2000)}`,
    '',
  ]) {
    writeFileSync(head, `${content}\n`);
    const call = await converseHead();
    expect(call?.params).toMatchObject({ head: content.slice(0, 1024), parent: null, prefetched: false });
  }
  writeFileSync(head, `ref: ${world.branch}\n`);
});

/** With a HEAD that git itself refuses, the shim is told where the git directory is. */
async function converseHead(): Promise<Call | undefined> {
  const before = daemon.calls.length;
  await converse(() => outcome(), ['--git-dir', world.gitdir, 'commit']);
  return daemon.calls[before];
}

test('forgetObjects unlinks what was sent and nothing else', async () => {
  const [sent, other] = [stage('sent', 'sent'), stage('other', 'other')];
  world.git('rm', '-q', '--cached', 'other');

  await converse(() => outcome({ forgetObjects: true }), ['commit']);

  expect(existsSync(loosePath(sent))).toBe(false);
  expect(existsSync(loosePath(other))).toBe(true);
});

test('what refs/replace pretends has no part in it', async () => {
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@b.c'];
  const other = world.git(...author, 'commit-tree', '-m', 'other', world.git('write-tree').trim()).trim();
  stage('a.txt', 'changed\n');
  const [before] = (await commit()).attachments;
  world.git('replace', parent(), other);

  expect((await commit()).attachments[0]).toEqual(before);
  world.git('replace', '-d', parent());
});
