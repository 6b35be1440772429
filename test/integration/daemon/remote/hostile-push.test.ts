import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { flushPkt, pktLine } from '../../../../daemon/remote/pkt-line';
import { commitOf, idOf, packOf, treeOf, type Item } from '../../../helpers/forged-objects';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRemoteWorld, type RemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { connectRequest, frame, openRaw } from './raw-stream';

const zero = '0'.repeat(40);
const capabilities = '\0report-status side-band-64k atomic push-options';

let fixture: ReposFixture;
let world: RemoteWorld;
let remote: string;
let head: string;
let before: string;

beforeAll(async () => {
  const upstream = await makeRepo({ commits: 2 });
  remote = await makeRemote(upstream);
  head = await git(remote, ['rev-parse', 'main']);
  fixture = await makeReposFixture({ limits: { idleTimeoutMs: 20_000, commitBytes: 1024 * 1024 } });
  world = await makeRemoteWorld(fixture, await fixture.add(`file://${remote}`));
  before = await git(remote, ['for-each-ref']);
}, 120_000);
afterAll(() => world.close());

/** Nothing has changed anywhere, and nothing is left over. */
afterEach(async () => {
  const record = fixture.context.registry.list()[0];
  expect(await git(remote, ['for-each-ref'])).toBe(before);
  if (record === undefined) throw new Error('there is no repository');
  await fsckStrict(record.directory);
  expect(namesIn(fixture.context.layout.staging)).toEqual([]);
});

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Opens a push, says the bytes and closes its side; returns all that came back after the refs of the remote. */
async function push(...parts: readonly (string | Buffer)[]): Promise<string> {
  const stream = await openRaw(world.socket, connectRequest('git-receive-pack', world.url));
  expect(stream.answer).toMatchObject({ result: { connected: true } });
  await stream.said('0000');
  stream.write(...parts);
  stream.socket.end();
  const all = await stream.all();
  return all.slice(all.indexOf('0000') + 4);
}

function command(ref: string, value: string, old = zero): Buffer {
  return pktLine(Buffer.from(`${old} ${value} ${ref}${capabilities}`, 'latin1'));
}

const commitOn = (tree: string, person = 'Agent <a@example.invalid>'): Item =>
  commitOf({ tree, parents: [head], author: person });

const blob: Item = ['blob', 'content\n'];

describe('a push that is no push', () => {
  it.each([
    ['garbage', ['GET / HTTP/1.1\r\n\r\n']],
    ['a length that is none', ['zzzz']],
    ['a reserved length', ['0003']],
    ['a length beyond the largest', [`fff5${'x'.repeat(70_000)}`]],
    ['a command that is cut off', ['0080', `${zero} `]],
    ['a command without ids', [pktLine('hello there'), flushPkt]],
    ['a command of nothing', [pktLine(`${zero} ${zero} refs/heads/x${capabilities}`), flushPkt]],
    ['ids of another length', [pktLine(`${'1'.repeat(64)} ${'2'.repeat(64)} refs/heads/x`), flushPkt]],
    [
      'one ref twice',
      [command('refs/heads/x', '1'.repeat(40)), command('refs/heads/x', '2'.repeat(40)), flushPkt],
    ],
    [
      'an option with a line break',
      [command('refs/heads/x', '1'.repeat(40)), flushPkt, pktLine('a\nb'), flushPkt],
    ],
    ['a ref of 2000 bytes', [command(`refs/heads/${'x'.repeat(2000)}`, '1'.repeat(40)), flushPkt]],
  ])('is %s: the connection ends, nothing happens', async (_name, parts) => {
    expect(await push(...parts)).not.toContain('unpack ok');
  });

  it('has more commands than anybody needs', async () => {
    const many = Array.from({ length: 5001 }, (_, index) => command(`refs/heads/n${String(index)}`, head));
    expect(await push(Buffer.concat(many), flushPkt)).not.toContain('unpack ok');
  });
});

describe('refs that are not the agent’s to push', () => {
  it.each([
    ['refs/heads/main', 'protected-branch'],
    ['refs/heads/MAIN', 'protected-branch'],
    ['refs/notes/commits', 'ref-namespace'],
    ['refs/heads', 'ref-namespace'],
    ['HEAD', 'ref-namespace'],
    ['refs/gitiso/snapshots/a/1', 'ref-namespace'],
    ['refs/replace/1111111111111111111111111111111111111111', 'ref-namespace'],
    ['refs/heads/a..b', 'ref-name'],
    ['refs/heads/--receive-pack=x', 'object-missing'],
    ['refs/heads/x y', 'ref-name'],
    ['refs/heads/x:refs/heads/main', 'ref-name'],
    ['refs/heads/../heads/main', 'ref-name'],
    ['refs/heads/x.lock', 'ref-name'],
    ['refs/heads/\u00e9', 'ref-name'],
    ['refs/heads/\x1b[2J', 'ref-name'],
    ['refs/tags/', 'ref-name'],
  ])('%j is refused by the rule %s', async (ref, rule) => {
    const told = await push(command(ref, '1'.repeat(40)), flushPkt, flushPkt, packOf());
    expect(told).toContain('unpack ok');
    expect(told).toContain(`ng ${ref} gitiso: ${rule}: `);
    expect(fixture.audit.at(-1)).toMatchObject({ agent: 'a', verdict: 'denied', rule });
  });

  it('is another agent’s branch, pushed or not', async () => {
    const other = {
      ...fixture.agents[0],
      id: 'b',
      ref: 'refs/heads/agent/b',
      ownRefs: ['refs/heads/theirs'],
    };
    fixture.agents.push(other as never);
    const told = await push(
      command('refs/heads/agent/b', head),
      command('refs/heads/theirs', head),
      flushPkt,
      flushPkt,
      packOf(),
    );
    expect(told).toContain('ng refs/heads/agent/b gitiso: foreign-branch: ');
    expect(told).toContain('ng refs/heads/theirs gitiso: foreign-branch: ');
    fixture.agents.pop();
  });

  it('refuses all of an atomic push when one is refused', async () => {
    const told = await push(
      pktLine(`${zero} ${head} refs/heads/agent/a\0report-status side-band-64k atomic`),
      pktLine(`${zero} ${head} refs/heads/main`),
      flushPkt,
      packOf(),
    );
    expect(told).toContain('ng refs/heads/agent/a atomic push failure');
    expect(told).toContain('ng refs/heads/main gitiso: protected-branch: ');
  });

  it('believes the remote, not the agent, about what is there', async () => {
    const told = await push(command('refs/heads/main2', head, head), flushPkt, flushPkt, packOf());
    expect(told).toContain('ng refs/heads/main2 ');
    await git(remote, ['branch', 'human', 'main']);
    try {
      const claimed = await push(command('refs/heads/human', head, zero), flushPkt, flushPkt, packOf());
      expect(claimed).toContain('ng refs/heads/human gitiso: foreign-branch: ');
      const gone = await push(command('refs/heads/human', zero, head), flushPkt, flushPkt);
      expect(gone).toContain('ng refs/heads/human gitiso: foreign-branch: ');
    } finally {
      await git(remote, ['branch', '-D', 'human']);
    }
  });
});

describe('objects that are not fit', () => {
  const own = 'refs/heads/agent/a';

  it.each([
    ['a damaged pack', () => Buffer.concat([packOf(blob).subarray(0, -1), Buffer.from('x')])],
    ['no pack at all', () => Buffer.from('what?'.repeat(10))],
    ['a pack that is cut off', () => packOf(blob, treeOf(['100644', 'a', idOf(blob)])).subarray(0, 40)],
    ['an empty pack with a wrong sum', () => Buffer.concat([packOf().subarray(0, 12), Buffer.alloc(20)])],
    ['a tree with .git', () => packOf(blob, treeOf(['100644', '.git', idOf(blob)]))],
    ['a tree that names what nobody has', () => packOf(treeOf(['100644', 'a', '1'.repeat(40)]))],
    ['a pack larger than allowed', () => packOf(['blob', randomText(2 * 1024 * 1024)])],
    ['an object larger than allowed', () => packOf(['blob', Buffer.alloc(2 * 1024 * 1024)])],
  ])('is %s: the push is refused as a whole', async (_name, make) => {
    const told = await push(command(own, '1'.repeat(40)), flushPkt, flushPkt, make());
    expect(told).not.toContain('unpack ok');
    expect(told).not.toContain(`ok ${own}`);
  });

  it.each([
    [
      'a committer that is not the agent',
      (tree: string) => commitOn(tree, 'Root <root@example.invalid>'),
      'identity-committer',
    ],
    [
      'a person with an escape sequence',
      (tree: string) => commitOn(tree, 'A\x1b[2J <a@example.invalid>'),
      'identity-form',
    ],
  ])('is a commit with %s', async (_name, make, rule) => {
    const tree = treeOf(['100644', 'a', idOf(blob)]);
    const commit = make(idOf(tree));
    const told = await push(command(own, idOf(commit)), flushPkt, flushPkt, packOf(blob, tree, commit));
    expect(told).toContain(`ng ${own} gitiso: ${rule}: `);
  });

  it('is a tree with a submodule where policy denies them, or with a mode git does not use', async () => {
    for (const mode of ['160000', '107777']) {
      const tree = treeOf([mode, 'a', mode === '160000' ? head : idOf(blob)]);
      const commit = commitOn(idOf(tree));
      const told = await push(command(own, idOf(commit)), flushPkt, flushPkt, packOf(blob, tree, commit));
      expect(told).toContain(`ng ${own} gitiso: path-form: `);
    }
  });

  it('is a tree where a branch wants a commit, or an object nobody has', async () => {
    const tree = treeOf(['100644', 'a', idOf(blob)]);
    const told = await push(command(own, idOf(tree)), flushPkt, flushPkt, packOf(blob, tree));
    expect(told).toContain('is a tree, not a commit');
    const none = await push(command(own, '2'.repeat(40)), flushPkt, flushPkt, packOf());
    expect(none).toContain(`object ${'2'.repeat(40)} is not there`);
  });

  it('keeps a good pack out of the repository until the remote has taken the ref', async () => {
    const tree = treeOf(['100644', 'a', idOf(blob)]);
    const commit = commitOn(idOf(tree));
    const told = await push(
      command('refs/heads/main', idOf(commit)),
      flushPkt,
      flushPkt,
      packOf(blob, tree, commit),
    );
    expect(told).toContain('ng refs/heads/main gitiso: protected-branch: ');
    const objects = join(fixture.context.registry.list()[0]?.directory ?? '', 'objects');
    const found = await git(objects, ['--git-dir=..', 'cat-file', '--batch-check'], {
      stdin: `${idOf(commit)}\n`,
    });
    expect(found).toContain('missing');
  });
});

function randomText(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at += 1) {
    state = (state * 48271) % 2147483647;
    bytes[at] = state & 255;
  }
  return bytes;
}

describe('connections that are not what they should be', () => {
  it('refuses URLs that policy does not allow, and records it', async () => {
    for (const url of [
      'file:///etc',
      '/etc',
      'ext::sh -c id',
      remote,
      `file://${remote}`,
      'https://example.invalid/x',
      '',
    ]) {
      const { answer, socket } = await openRaw(world.socket, connectRequest('git-upload-pack', url));
      expect(answer).toMatchObject({ error: { data: { reason: 'policy-denied' } } });
      expect(fixture.audit.at(-1)).toMatchObject({ agent: 'a', verdict: 'denied', rule: 'remote' });
      socket.destroy();
    }
  });

  it('does not become a stream for a batch, lines, other services, or beside other requests', async () => {
    const params = { service: 'git-upload-pack', url: world.url, version: 0, progress: false };
    const call = { jsonrpc: '2.0', id: 1, method: 'remote.connect', params };
    const batch = await openRaw(world.socket, frame([call, { ...call, id: 2 }]));
    expect(batch.answer).toMatchObject([
      { error: { data: { reason: 'invalid-request' } } },
      { error: { data: { reason: 'invalid-request' } } },
    ]);
    batch.socket.destroy();
    const other = await openRaw(world.socket, connectRequest('git-upload-archive', world.url));
    expect(other.answer).toMatchObject({ error: { data: { reason: 'invalid-params' } } });
    other.socket.destroy();
    const two = await openRaw(world.socket, frame(call) + frame({ ...call, id: 2 }));
    expect(two.answer).toMatchObject({ error: { data: { reason: 'invalid-request' } } });
    two.socket.destroy();
    const lines = connect(world.socket);
    lines.end(`${JSON.stringify(call)}\n`);
    expect(JSON.parse(await readAll(lines))).toMatchObject({
      error: { data: { reason: 'invalid-request' } },
    });
  });

  it('does not become a stream when bytes came ahead of the answer', async () => {
    const early = `${connectRequest('git-receive-pack', world.url)}Content-Length: 10`;
    const stream = await openRaw(world.socket, early);
    expect(stream.answer).toMatchObject({ error: { data: { reason: 'invalid-request' } } });
    stream.socket.destroy();
  });
});
