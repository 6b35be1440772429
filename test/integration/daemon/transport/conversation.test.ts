import { connect, type RpcClient } from '../../../../client/rpc-client';
import type { AgentId } from '../../../../shared/ids';
import { join } from 'node:path';
import { deferred } from '../../../helpers/deferred';
import { connectRaw, type RawPeer } from '../../../helpers/raw-peer';
import { sampleMethods } from '../../../helpers/sample-methods';
import { serveMethods, type Served } from '../../../helpers/serve-methods';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('a conversation', () => {
  let served: Served;
  let begun: Promise<unknown>;
  let ended: Promise<boolean>;
  const clients: (RpcClient | RawPeer)[] = [];

  beforeEach(async () => {
    const start = deferred<unknown>();
    const end = deferred<boolean>();
    [begun, ended] = [start.promise, end.promise];
    served = await serveMethods(sampleMethods({ begun: () => start.resolve(true), ended: end.resolve }));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await served.close();
  });

  async function raw(framing: 'lines' | 'headers', path = served.adminPath): Promise<RawPeer> {
    const peer = await connectRaw(path, framing);
    clients.push(peer);
    return peer;
  }

  async function typed(): Promise<RpcClient> {
    const client = await connect(served.adminPath);
    clients.push(client);
    return client;
  }

  async function agentPath(id = 'a1'): Promise<string> {
    const path = join(served.directory, id, 'run', 'gitiso.sock');
    await served.agents.open(id as AgentId, path, owner);
    return path;
  }

  test.each(['lines', 'headers'] as const)('is answered in %s when it began in them', async (framing) => {
    const peer = await raw(framing);
    peer.send({ jsonrpc: '2.0', id: 'x', method: 'test.echo', params: { text: 'grüße' } });
    expect((await peer.next()).value).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      result: { text: 'grüße', attachments: [] },
    });
  });

  test('may arrive byte by byte', async () => {
    const peer = await raw('headers');
    peer.socket.setNoDelay(true);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'test.echo', params: { text: 'slow' } });
    for (const byte of Buffer.from(`Content-Length: ${body.length}\r\n\r\n${body}`)) {
      await new Promise<void>((resolve) => peer.socket.write(Buffer.of(byte), () => resolve()));
    }
    expect((await peer.next()).value['result']).toEqual({ text: 'slow', attachments: [] });
  });

  test('carries attachments to the request that follows them, also empty ones', async () => {
    const peer = await raw('headers');
    const call = { jsonrpc: '2.0', method: 'test.echo', params: { text: '' } };
    peer.send({ ...call, id: 1 }, [Buffer.of(0, 255, 10), Buffer.alloc(0)]);
    peer.send({ ...call, id: 2 });
    expect((await peer.next()).value['result']).toEqual({ text: '', attachments: ['\x00\xff\n', ''] });
    expect((await peer.next()).value['result']).toEqual({ text: '', attachments: [] });
  });

  test('lets a handler ask back, with attachments both ways', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.askBack' });
    const asked = await peer.next();
    expect(asked.value).toMatchObject({ method: 'shim.test', params: { value: 1 } });
    expect(asked.attachments.map(String)).toEqual(['to peer']);
    peer.send({ jsonrpc: '2.0', id: asked.value['id'], result: { ok: true } }, [Buffer.from('back')]);
    expect((await peer.next()).value['result']).toEqual({ text: '{"ok":true}', attachments: ['back'] });
  });

  test('fails a question the peer answers with an error, without taking over its code', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.askBack' });
    const asked = await peer.next();
    const error = { code: 1402, message: 'no\x1b[31m', data: { reason: 'ref-changed' } };
    peer.send({ jsonrpc: '2.0', id: asked.value['id'], error });
    const answer = await peer.next();
    expect(answer.value['error']).toMatchObject({ message: 'shim.test failed at the other end: no?[31m' });
    expect(answer.value['error']).toMatchObject({ data: { reason: 'peer-failed' } });
  });

  test('fails a question that the peer never answers when its time is over', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.askBack' });
    await peer.next();
    expect((await peer.next()).value['error']).toMatchObject({ data: { reason: 'timed-out' } });
  });

  test('answers to questions nobody asked are ignored', async () => {
    const peer = await raw('lines');
    peer.send({ jsonrpc: '2.0', id: 'd1', result: 1 });
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.echo', params: { text: 'on' } });
    expect((await peer.next()).value).toMatchObject({ id: 1 });
  });

  test('cancels a request on $/cancelRequest and answers it', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 7, method: 'test.wait' });
    await begun;
    peer.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 7 } });
    expect((await peer.next()).value).toMatchObject({ id: 7, error: { code: -32800 } });
    expect(await ended).toBe(true);
  });

  test('aborts what a caller that goes away has asked for', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 7, method: 'test.wait' });
    await begun;
    peer.close();
    expect(await ended).toBe(true);
  });

  test('with lines, still answers a caller that has closed its sending side', async () => {
    const peer = await raw('lines');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.echo', params: { text: 'last' } });
    peer.socket.end();
    expect((await peer.next()).value).toMatchObject({ id: 1, result: { text: 'last' } });
    await peer.closed;
  });

  test('answers a batch with what is to be answered of it', async () => {
    const peer = await raw('lines');
    const echo = { jsonrpc: '2.0', method: 'test.echo', params: { text: 'a' } };
    peer.send([{ ...echo, id: 1 }, echo, { ...echo, id: 2, method: 'nothing' }, null]);
    const answers = (await peer.next()).value as unknown as { id: unknown }[];
    expect(answers.map(({ id }) => id)).toEqual([1, 2, null]);
  });

  test('a notification is served and not answered, whatever becomes of it', async () => {
    const peer = await raw('lines');
    peer.send({ jsonrpc: '2.0', method: 'test.fail', params: { how: 'unexpected' } });
    peer.send({ jsonrpc: '2.0', method: 'nothing' });
    peer.send({ jsonrpc: '2.0', method: '$/unknown' });
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.write' });
    expect((await peer.next()).value).toMatchObject({ id: 1, result: {} });
  });

  test('an unexpected exception is logged in full and told as a request id only', async () => {
    const peer = await raw('lines', await agentPath());
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.fail', params: { how: 'unexpected' } });
    const { value } = await peer.next();
    expect(JSON.stringify(value)).not.toMatch(/secret|srv|TypeError|\.ts/);
    const { requestId } = (value['error'] as { data: { requestId: string } }).data;
    const line = served.logged.find(({ level }) => level === 'error');
    expect(line).toMatchObject({ requestId, agent: 'a1', error: { message: 'secret of /srv/host/path' } });
  });

  test('a result its schema forbids becomes an internal error', async () => {
    const peer = await raw('lines');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.fail', params: { how: 'result' } });
    expect((await peer.next()).value).toMatchObject({ error: { code: -32603 } });
  });

  test('hides host directories and details from agents and shows them to administrators', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'test.fail', params: { how: served.directory } };
    const admin = await raw('lines');
    const agent = await raw('lines', await agentPath());
    admin.send(call);
    agent.send(call);
    const shown = (await admin.next()).value['error'];
    const hidden = (await agent.next()).value['error'];
    expect(shown).toMatchObject({ data: { details: { path: served.directory } } });
    expect(hidden).toMatchObject({ message: 'cannot write (host)/file', data: { reason: 'storage-failed' } });
    expect(JSON.stringify(hidden)).not.toContain(served.directory);
  });

  test("an administrator's method does not exist on an agent's socket, and the attempt is noted", async () => {
    const agent = await raw('lines', await agentPath());
    agent.send({ jsonrpc: '2.0', id: 1, method: 'test.admin' });
    const first = await agent.next();
    agent.send({ jsonrpc: '2.0', id: 1, method: 'test.nonsense' });
    const second = await agent.next();
    const comparable = (message: typeof first) =>
      JSON.stringify(message.value).replace(/"requestId":"[^"]*"/, '');
    expect(comparable(first)).toBe(comparable(second));
    expect(served.foreignCalls).toEqual(['test.admin']);
  });

  test('a draining daemon refuses new changes, serves reads, and waits for the changes under way', async () => {
    const peer = await raw('headers');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.waitWrite' });
    await begun;
    const drained = served.lifecycle.drain(10000);
    peer.send({ jsonrpc: '2.0', id: 2, method: 'test.write' });
    expect((await peer.next()).value).toMatchObject({ id: 2, error: { data: { reason: 'shutting-down' } } });
    peer.send({ jsonrpc: '2.0', id: 3, method: 'test.echo', params: { text: '' } });
    expect((await peer.next()).value).toMatchObject({ id: 3, result: {} });
    peer.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
    expect(await drained).toBe(true);
  });

  test('sends what is queued before the daemon closes it', async () => {
    const peer = await raw('lines');
    peer.send({ jsonrpc: '2.0', id: 1, method: 'test.echo', params: { text: 'x'.repeat(100000) } });
    const answer = await peer.next();
    const closing = served.close();
    await peer.closed;
    await closing;
    expect(answer.value).toMatchObject({ id: 1 });
    await expect(connect(served.adminPath)).rejects.toMatchObject({ code: 'daemon-unreachable' });
  });

  test('the client library calls, fails with the catalogue error, and cancels', async () => {
    const client = await typed();
    expect(await client.callByName('test.echo', { text: 'hi' })).toEqual({ text: 'hi', attachments: [] });
    await expect(client.callByName('test.echo', { text: 1 })).rejects.toMatchObject({
      code: 'invalid-params',
      message: 'text must be string',
    });
    const control = new AbortController();
    const call = client.callByName('test.wait', {}, { signal: control.signal });
    await begun;
    control.abort();
    await expect(call).rejects.toMatchObject({ code: 'request-cancelled' });
    expect(await ended).toBe(true);
  });

  test('the client library rejects what is pending when the daemon goes away', async () => {
    const client = await typed();
    const call = client.callByName('test.wait', {});
    const expectation = expect(call).rejects.toMatchObject({ code: 'daemon-unreachable' });
    await begun;
    await served.close();
    await expectation;
  });
});
