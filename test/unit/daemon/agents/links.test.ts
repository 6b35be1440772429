import { createAgentLinks, type ReadyReport } from '../../../../daemon/agents/links';
import type { Peer } from '../../../../daemon/dispatch/handler';
import type { AgentId } from '../../../../shared/ids';

const one = 'one' as AgentId;
const report: ReadyReport = { git: '/usr/bin/git', mounts: {}, uid: 0, gid: 0 };

function peer(): Peer & { readonly close: () => void } {
  const control = new AbortController();
  return {
    request: () => Promise.reject(new Error('not asked in this test')),
    notify: () => Promise.resolve(),
    closed: control.signal,
    hold: () => () => undefined,
    close: () => control.abort(),
  };
}

test('who waits for an agent gets the link when its first process reports', async () => {
  const links = createAgentLinks();
  const waiting = links.waitReady(one, 1000);
  const connection = peer();
  void links.accept(one, report, connection);
  expect((await waiting).peer).toBe(connection);
  expect((await links.waitReady(one, 1000)).peer).toBe(connection);
});

test('waiting ends at the deadline or when the caller gives up', async () => {
  const links = createAgentLinks();
  await expect(links.waitReady(one, 1)).rejects.toMatchObject({ code: 'timed-out' });
  const reason = new Error('given up');
  await expect(links.waitReady(one, 1000, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('the newest link counts, and only the loss of the last one is told', async () => {
  const links = createAgentLinks();
  const lost: string[] = [];
  links.onLost((agent) => lost.push(agent));
  const [first, second] = [peer(), peer()];
  const answers = [links.accept(one, report, first), links.accept(one, report, second)];
  expect(links.link(one)?.peer).toBe(second);
  second.close();
  await answers[1];
  expect(links.link(one)?.peer).toBe(first);
  expect(lost).toEqual([]);
  first.close();
  expect(await answers[0]).toEqual({ exitCode: 0 });
  expect(links.link(one)).toBeUndefined();
  expect(lost).toEqual([one]);
});

test('a connection that is gone already is no link', async () => {
  const links = createAgentLinks();
  const connection = peer();
  connection.close();
  await links.accept(one, report, connection);
  expect(links.link(one)).toBeUndefined();
});
