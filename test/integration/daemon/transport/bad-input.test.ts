import { chmodSync, existsSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { AgentId } from '../../../../shared/ids';
import { deferred } from '../../../helpers/deferred';
import { connectRaw, type RawPeer } from '../../../helpers/raw-peer';
import { sampleMethods } from '../../../helpers/sample-methods';
import { serveMethods, type Served } from '../../../helpers/serve-methods';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const settings = {
  'limits.frameBytes': 65536,
  'limits.attachmentBytes': 65536,
  'limits.attachmentCount': 3,
  'limits.bufferedBytesPerAgent': 200000,
  'limits.pendingRequests': 3,
  'limits.connectionsPerAgent': 4,
};
const echo = { jsonrpc: '2.0', method: 'test.echo', params: { text: 'ok' } };

describe('bad input on an agent socket', () => {
  let served: Served;
  let path: string;
  const peers: RawPeer[] = [];

  async function serve(more: Record<string, unknown> = {}): Promise<void> {
    served = await serveMethods(sampleMethods(), { ...settings, ...more });
    path = await openSocket('a1');
  }

  async function openSocket(id: string): Promise<string> {
    const socketPath = join(served.directory, id, 'run', 'gitiso.sock');
    await served.agents.open(id as AgentId, socketPath, owner);
    return socketPath;
  }

  async function raw(framing: 'lines' | 'headers', where = path): Promise<RawPeer> {
    const peer = await connectRaw(where, framing);
    peers.push(peer);
    return peer;
  }

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    await served.close();
  });

  /** A second agent and a second connection of the same one are served as ever. */
  async function expectOthersServed(): Promise<void> {
    for (const where of [path, await openSocket('other')]) {
      const peer = await raw('headers', where);
      peer.send({ ...echo, id: 'other' });
      expect((await peer.next()).value).toMatchObject({ id: 'other', result: { text: 'ok' } });
    }
  }

  describe('is answered and the connection goes on', () => {
    const parseError = -32700;
    const invalidRequest = -32600;
    const methodNotFound = -32601;
    const invalidParams = -32602;
    const limitExceeded = 1002;
    const cases: readonly (readonly [string, string | Buffer, number, unknown])[] = [
      ['text that is not JSON', '{nonsense', parseError, null],
      ['malformed UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), parseError, null],
      ['an overlong UTF-8 encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x7d]), parseError, null],
      ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]), parseError, null],
      ['a NUL byte', '{"jsonrpc":"2.0\0"}', parseError, null],
      ['nesting of 10,000 levels', `{"a":${'['.repeat(10000)}`, limitExceeded, null],
      [
        'a key named __proto__',
        '{"jsonrpc":"2.0","id":1,"method":"test.echo","params":{"text":"","__proto__":{"admin":true}}}',
        parseError,
        null,
      ],
      [
        'the same key in disguise',
        '{"jsonrpc":"2.0","id":1,"method":"test.write","params":{"\\u005f_pr\\u006fto__":{}}}',
        parseError,
        null,
      ],
      ['an empty batch', '[]', invalidRequest, null],
      ['a batch of more calls than allowed', `[${Array(21).fill('1').join(',')}]`, limitExceeded, null],
      ['a message without version', '{"id":1,"method":"test.echo"}', invalidRequest, 1],
      ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"test.echo"}', invalidRequest, null],
      ['an id that is true', '{"jsonrpc":"2.0","id":true,"method":"test.echo"}', invalidRequest, null],
      ['an infinite id', '{"jsonrpc":"2.0","id":1e999,"method":"test.echo"}', invalidRequest, null],
      [
        'an endless id',
        `{"jsonrpc":"2.0","id":"${'x'.repeat(300)}","method":"test.echo"}`,
        invalidRequest,
        null,
      ],
      ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":5}', invalidRequest, 1],
      ['an unknown member', '{"jsonrpc":"2.0","id":1,"method":"test.write","agent":"a2"}', invalidRequest, 1],
      [
        'params that are text',
        '{"jsonrpc":"2.0","id":1,"method":"test.echo","params":"x"}',
        invalidRequest,
        1,
      ],
      ['neither call nor answer', '{"jsonrpc":"2.0","id":1}', invalidRequest, 1],
      [
        'an answer with result and error',
        '{"jsonrpc":"2.0","id":1,"result":1,"error":{}}',
        invalidRequest,
        1,
      ],
      [
        'params that are a list',
        '{"jsonrpc":"2.0","id":1,"method":"test.echo","params":["x"]}',
        invalidParams,
        1,
      ],
      [
        'params with more than asked for',
        '{"jsonrpc":"2.0","id":1,"method":"test.echo","params":{"text":"","tex":1}}',
        invalidParams,
        1,
      ],
      [
        'params of another type',
        '{"jsonrpc":"2.0","id":1,"method":"test.echo","params":{"text":-0}}',
        invalidParams,
        1,
      ],
      ['the method constructor', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', methodNotFound, 1],
      ['the method __proto__', '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', methodNotFound, 1],
      ['the method toString', '{"jsonrpc":"2.0","id":1,"method":"toString"}', methodNotFound, 1],
      ['the method hasOwnProperty', '{"jsonrpc":"2.0","id":1,"method":"hasOwnProperty"}', methodNotFound, 1],
      ['a method without a name', '{"jsonrpc":"2.0","id":1,"method":""}', methodNotFound, 1],
      [
        'a method with a huge name',
        `{"jsonrpc":"2.0","id":1,"method":"${'m'.repeat(60000)}"}`,
        methodNotFound,
        1,
      ],
      ["an administrator's method", '{"jsonrpc":"2.0","id":1,"method":"test.admin"}', methodNotFound, 1],
      [
        '$/cancelRequest as a request',
        '{"jsonrpc":"2.0","id":1,"method":"$/cancelRequest","params":{"id":1}}',
        invalidRequest,
        1,
      ],
      [
        'what looks like an error of ours',
        '{"name":"GitisoError","code":"x","message":"y"}',
        invalidRequest,
        null,
      ],
    ];

    beforeEach(async () => {
      await serve();
    });

    test.each(cases)('%s', async (_name, text, code, id) => {
      for (const framing of ['lines', 'headers'] as const) {
        const peer = await raw(framing);
        peer.send({ ...echo, id: 'first' });
        await peer.next();
        const bytes = Buffer.from(text);
        peer.write(framing === 'lines' ? '' : `Content-Length: ${bytes.length}\r\n\r\n`);
        peer.write(bytes);
        if (framing === 'lines') peer.write('\n');
        expect((await peer.next()).value).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
        peer.send({ ...echo, id: 'after' });
        expect((await peer.next()).value).toMatchObject({ id: 'after', result: { text: 'ok' } });
      }
    });
  });

  describe('that cannot be understood closes that connection alone', () => {
    const cases: readonly (readonly [string, 'lines' | 'headers', string | Buffer])[] = [
      ['garbage', 'lines', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
      ['an HTTP request', 'lines', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['a byte order mark', 'lines', '\ufeff{"jsonrpc":"2.0"}\n'],
      ['a line without end', 'lines', `{"a":"${'x'.repeat(70000)}`],
      ['a header without end', 'headers', `Content-Length: 5\r\nX-A: ${'x'.repeat(2000)}`],
      ['a frame of a gigabyte', 'headers', 'Content-Length: 1000000000\r\n\r\n'],
      ['a negative length', 'headers', 'Content-Length: -1\r\n\r\n'],
      ['a length in hexadecimal', 'headers', 'Content-Length: 0x10\r\n\r\n'],
      ['two lengths', 'headers', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\n'],
      ['no length', 'headers', 'Content-Type: application/json\r\n\r\n'],
      [
        'another charset',
        'headers',
        'Content-Length: 2\r\nContent-Type: application/json; charset=utf-16\r\n\r\n{}',
      ],
      [
        'a huge attachment',
        'headers',
        'Content-Length: 70000\r\nContent-Type: application/octet-stream\r\n\r\n',
      ],
      [
        'more attachments than allowed',
        'headers',
        'Content-Length: 0\r\nContent-Type: application/octet-stream\r\n\r\n'.repeat(4),
      ],
    ];

    test('who is still sending is told all the same', async () => {
      await serve();
      const peer = await raw('headers');
      const bytes = Buffer.alloc(4 * 1024 * 1024, ' ');
      peer.socket.pause();
      peer.write(`Content-Length: ${bytes.length}\r\n\r\n`);
      await new Promise<void>((resolve, reject) => {
        peer.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      peer.socket.resume();
      expect((await peer.next()).value).toMatchObject({ id: null, error: { code: 1002 } });
      await peer.closed;
      await expectOthersServed();
    });

    test.each(cases)('%s', async (_name, framing, bytes) => {
      await serve();
      const peer = await raw(framing);
      peer.write(bytes);
      await peer.closed;
      await expectOthersServed();
    });
  });

  test('a frame that is too long is refused by name before its connection closes', async () => {
    await serve();
    const peer = await raw('headers');
    peer.write('Content-Length: 1000000000\r\n\r\n');
    expect((await peer.next()).value).toMatchObject({
      id: null,
      error: { data: { reason: 'limit-exceeded' } },
    });
    await peer.closed;
  });

  test('a frame that never ends is given up at its deadline, also when a byte comes now and then', async () => {
    await serve({ 'limits.frameTimeoutMs': 150 });
    const peer = await raw('headers');
    const drip = setInterval(() => peer.write('x'), 20);
    peer.write('Content-Length: 60000\r\n\r\n');
    expect((await peer.next()).value).toMatchObject({ error: { data: { reason: 'timed-out' } } });
    await peer.closed;
    clearInterval(drip);
  });

  test('a silent connection is closed, one with something under way is not', async () => {
    await serve({ 'limits.idleTimeoutMs': 100 });
    const [silent, waiting, held] = [await raw('lines'), await raw('headers'), await raw('headers')];
    waiting.send({ jsonrpc: '2.0', id: 1, method: 'test.wait' });
    held.send({ jsonrpc: '2.0', id: 1, method: 'test.hold' });
    await held.next();
    await silent.closed;
    const second = await raw('lines');
    await second.closed;
    for (const peer of [waiting, held]) {
      peer.send({ ...echo, id: 2 });
      expect((await peer.next()).value).toMatchObject({ id: 2, result: {} });
    }
  });

  test('more requests than may be pending are refused until one is answered', async () => {
    await serve();
    const peer = await raw('headers');
    for (const id of [1, 2, 3, 4]) peer.send({ jsonrpc: '2.0', id, method: 'test.wait' });
    expect((await peer.next()).value).toMatchObject({
      id: 4,
      error: { data: { reason: 'too-many-requests' } },
    });
    peer.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
    expect((await peer.next()).value).toMatchObject({ id: 1 });
    peer.send({ ...echo, id: 5 });
    expect((await peer.next()).value).toMatchObject({ id: 5, result: {} });
  });

  test('a batch of null is answered by a batch', async () => {
    await serve();
    const peer = await raw('lines');
    peer.write('[null]\n');
    expect((await peer.next()).value).toMatchObject([{ id: null, error: { code: -32600 } }]);
  });

  test('an id that is still pending is not taken twice', async () => {
    await serve();
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.wait' });
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.wait' });
    expect((await peer.next()).value).toMatchObject({
      id: 1,
      error: { data: { reason: 'invalid-request' } },
    });
  });

  test('more connections than allowed are closed, those that are open live on', async () => {
    await serve();
    const open = await Promise.all([1, 2, 3, 4].map(() => raw('lines')));
    const extra = await raw('lines');
    await extra.closed;
    for (const peer of open) {
      peer.send({ ...echo, id: 1 });
      expect((await peer.next()).value).toMatchObject({ result: {} });
    }
  });

  test('connections that together hold more input than allowed lose the one that goes too far', async () => {
    await serve();
    const attachment = 'Content-Length: 65000\r\nContent-Type: application/octet-stream\r\n\r\n';
    const hoarders = await Promise.all([1, 2, 3, 4].map(() => raw('headers')));
    const first = deferred<RawPeer>();
    for (const peer of hoarders) {
      void peer.closed.then(() => first.resolve(peer));
      peer.write(attachment + 'x'.repeat(65000));
    }
    await first.promise;
    for (const peer of hoarders) peer.close();
    await Promise.all(hoarders.map(({ closed }) => closed));
    const after = await raw('headers');
    after.send({ ...echo, id: 1 }, [Buffer.alloc(65000)]);
    expect((await after.next()).value).toMatchObject({ id: 1, result: {} });
  });

  test('a flood is served at the allowed rate and nothing of it is lost', async () => {
    await serve({ 'limits.agentRequestsPerSecond': 50, 'limits.pendingRequests': 100 });
    const peer = await raw('lines');
    const begun = performance.now();
    for (let id = 1; id <= 70; id += 1) peer.send({ ...echo, id });
    const ids = new Set<unknown>();
    for (let count = 1; count <= 70; count += 1) {
      const { value } = await peer.next();
      expect(value).toMatchObject({ result: { text: 'ok' } });
      ids.add(value['id']);
    }
    expect(ids.size).toBe(70);
    expect(performance.now() - begun).toBeGreaterThan(300);
  });

  test('a storm of connections is refused by the kernel, and only at the socket it comes to', async () => {
    await serve({ 'limits.agentConnectsPerSecond': 10, 'limits.connectionsPerAgent': 100 });
    const other = await openSocket('b1');
    const kept = await raw('lines');
    const results = { accepted: 0, refused: 0 };
    for (let count = 0; count < 200; count += 1) {
      await connectRaw(path, 'lines').then(
        (peer) => {
          results.accepted += 1;
          peer.close();
        },
        () => (results.refused += 1),
      );
    }
    expect(results.refused).toBeGreaterThan(100);
    for (const peer of [kept, await raw('lines', other)]) {
      peer.send({ ...echo, id: 1 });
      expect((await peer.next()).value).toMatchObject({ result: {} });
    }
    const again = async (): Promise<RawPeer> => {
      for (;;) {
        const peer = await raw('lines').catch(() => null);
        if (peer !== null) return peer;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const late = await again();
    late.send({ ...echo, id: 2 });
    expect((await late.next()).value).toMatchObject({ result: {} });
  });

  test('the calls of a batch count one by one', async () => {
    await serve({ 'limits.agentRequestsPerSecond': 40, 'limits.pendingRequests': 100 });
    const peer = await raw('lines');
    const begun = performance.now();
    const batch = Array.from({ length: 20 }, (_, id) => ({ ...echo, id }));
    for (let count = 0; count < 4; count += 1) peer.send(batch);
    for (let count = 0; count < 4; count += 1) expect((await peer.next()).value).toHaveLength(20);
    expect(performance.now() - begun).toBeGreaterThan(300);
  });

  test('a peer that does not read its answers is not read either', async () => {
    await serve({ 'limits.agentRequestsPerSecond': 100000, 'limits.pendingRequests': 1000 });
    const peer = await raw('headers');
    peer.socket.pause();
    const text = 'y'.repeat(60000);
    const call = { jsonrpc: '2.0', method: 'test.echo', params: { text } };
    let sent = 0;
    let isStuck = false;
    while (!isStuck && sent < 500) {
      sent += 1;
      peer.send({ ...call, id: sent });
      isStuck = peer.socket.writableLength > 4 * 1024 * 1024;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isStuck).toBe(true);
    await expectOthersServed();
    peer.socket.resume();
    for (let count = 1; count <= sent; count += 1) {
      expect((await peer.next()).value).toMatchObject({ result: { text } });
    }
  });

  test('peers that vanish at every offset of a frame leave nothing behind', async () => {
    await serve();
    const body = JSON.stringify({ ...echo, id: 1 });
    const attachment = 'Content-Length: 3\r\nContent-Type: application/octet-stream\r\n\r\nabc';
    const bytes = `${attachment}Content-Length: ${body.length}\r\n\r\n${body}`;
    for (let offset = 0; offset <= bytes.length; offset += 3) {
      const peer = await connectRaw(path, 'headers');
      await new Promise<void>((resolve) => peer.socket.end(bytes.slice(0, offset), () => resolve()));
      peer.close();
      await peer.closed;
    }
    await expectOthersServed();
    for (const peer of peers) peer.close();
    while (served.connections() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(served.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('the place of a socket', () => {
  let served: Served;

  beforeEach(async () => {
    served = await serveMethods(sampleMethods());
  });
  afterEach(() => served.close());

  const pathOf = (id: string) => join(served.directory, id, 'run', 'gitiso.sock');
  const open = (id: string) => served.agents.open(id as AgentId, pathOf(id), owner);

  test('is private to the agent and open to the group for administrators', async () => {
    await open('a1');
    expect(statSync(pathOf('a1')).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(pathOf('a1'))).mode & 0o777).toBe(0o700);
    expect(statSync(served.adminPath).mode & 0o777).toBe(0o660);
  });

  test('is empty again after closing, and can be used again', async () => {
    for (let round = 0; round < 2; round += 1) {
      const socket = await open('a1');
      await socket.close();
      expect(existsSync(pathOf('a1'))).toBe(false);
    }
  });

  test('may be longer than a socket address', async () => {
    const id = 'a'.repeat(63);
    const directory = join(served.directory, 'b'.repeat(60), id);
    const path = join(directory, 'run', 'gitiso.sock');
    mkdirSync(directory, { recursive: true });
    const socket = await served.agents.open(id as AgentId, path, owner);
    expect(lstatSync(path).isSocket()).toBe(true);
    await socket.close();
    expect(existsSync(path)).toBe(false);
  });

  test('is taken over from a dead daemon', async () => {
    mkdirSync(dirname(pathOf('a1')), { recursive: true });
    const { execFileSync } = await import('node:child_process');
    const listener = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', listener, pathOf('a1')])).toThrow();
    expect(lstatSync(pathOf('a1')).isSocket()).toBe(true);
    await open('a1');
    const peer = await connectRaw(pathOf('a1'), 'lines');
    peer.send({ ...echo, id: 1 });
    expect((await peer.next()).value).toMatchObject({ id: 1 });
    peer.close();
  });

  test('is never taken from a living process', async () => {
    mkdirSync(dirname(pathOf('a1')), { recursive: true });
    const living = createServer();
    await new Promise<void>((resolve) => living.listen(pathOf('a1'), () => resolve()));
    await expect(open('a1')).rejects.toMatchObject({ code: 'already-running' });
    expect(lstatSync(pathOf('a1')).isSocket()).toBe(true);
    await new Promise((resolve) => living.close(resolve));
  });

  test('is refused when something else than a socket is there, and that is left alone', async () => {
    mkdirSync(dirname(pathOf('a1')), { recursive: true });
    writeFileSync(pathOf('a1'), 'precious');
    await expect(open('a1')).rejects.toMatchObject({ code: 'storage-failed' });
    expect(lstatSync(pathOf('a1')).isFile()).toBe(true);
  });

  test('is refused when its directory is a link', async () => {
    const elsewhere = join(served.directory, 'elsewhere');
    mkdirSync(elsewhere);
    chmodSync(elsewhere, 0o755);
    mkdirSync(join(served.directory, 'a1'));
    symlinkSync(elsewhere, join(served.directory, 'a1', 'run'));
    await expect(open('a1')).rejects.toMatchObject({ code: 'storage-failed' });
    expect(statSync(elsewhere).mode & 0o777).toBe(0o755);
  });
});
