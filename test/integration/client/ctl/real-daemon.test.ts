import { realpathSync } from 'node:fs';
import { startDaemon, type TestDaemon } from '../../../helpers/daemon';
import { makeRepo } from '../../../helpers/repo';
import { startCtl, type Ended } from './gitisoctl-process';

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon({ withoutDocker: true });
});

function ctl(...words: readonly string[]): Promise<Ended> {
  return startCtl(words, { env: { GITISO_SOCKET: daemon.adminSocket } }).ended;
}

describe('with the real daemon', () => {
  test('a repository is added, listed, shown, fetched and removed', async () => {
    const clone = realpathSync(await makeRepo());
    expect(await ctl('repo', 'add', clone, '--id', 'demo')).toMatchObject({ exit: 0, err: '' });
    const list = await ctl('repo', 'list', '--json');
    expect(JSON.parse(list.out)).toMatchObject({ repos: [{ id: 'demo', source: { location: clone } }] });
    expect((await ctl('repo', 'show', 'demo')).out).toMatch(/^main +[0-9a-f]{12}$/m);
    expect((await ctl('repo', 'fetch', 'demo')).out).toBe('already up to date\n');
    expect(await ctl('repo', 'add', clone, '--id', 'demo')).toMatchObject({ exit: 73, out: '' });
    expect((await ctl('repo', 'remove', 'demo')).out).toBe('removed demo\n');
    expect((await ctl('repo', 'show', 'demo')).exit).toBe(66);
  });

  test('status, the audit log and the OpenRPC document are there', async () => {
    expect((await ctl('status')).out).toMatch(/^runtime +unavailable/m);
    expect(await ctl('audit', 'verify')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^valid: /) as unknown,
    });
    expect((await ctl('audit', 'tail')).exit).toBe(0);
    expect((await ctl('commit', 'log')).out).toBe('no commits\n');
    expect(JSON.parse((await ctl('discover')).out)).toHaveProperty('openrpc');
  });

  test('events are seen by who follows', async () => {
    const following = startCtl(['events', '--count', '1', '--json'], {
      env: { GITISO_SOCKET: daemon.adminSocket },
    });
    const clone = await makeRepo();
    const ended = new AbortController();
    void following.ended.then(() => ended.abort());
    // The subscription is there when an event has arrived; until then something happens again and again.
    while (!ended.signal.aborted) {
      await ctl('repo', 'add', clone, '--id', 'seen');
      await ctl('repo', 'remove', 'seen');
    }
    expect(JSON.parse((await following.ended).out)).toMatchObject({ topic: 'refs', repo: 'seen' });
  });

  test('an agent can not be created without an engine, and the shell is told so', async () => {
    await ctl('repo', 'add', await makeRepo(), '--id', 'demo');
    const { exit, out, err } = await ctl('agent', 'create', 'w1', '--repo', 'demo');
    expect([exit, out]).toEqual([69, '']);
    expect(err).toMatch(/^gitisoctl: .*\nhint: .*\n$/);
  });

  test('shutdown ends it, and the next call says that nobody is there', async () => {
    expect((await ctl('shutdown')).out).toBe('the daemon is stopping\n');
    await daemon.stop();
    expect(await ctl('status')).toMatchObject({
      exit: 69,
      err: expect.stringContaining(daemon.adminSocket) as unknown,
    });
  });
});
