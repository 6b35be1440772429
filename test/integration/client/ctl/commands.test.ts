import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Interruption } from '../../../../client/ctl/terminal';
import type { Handlers } from '../../../../daemon/dispatch/handler';
import { deferred } from '../../../helpers/deferred';
import { tempDir } from '../../../helpers/temp-dir';
import type { TerminalOptions } from '../../../unit/client/ctl/recording-terminal';
import { hostile, runCtl, type Ran } from './run-ctl';
import { sampleAgent, sampleRepo, scriptDaemon, type ScriptedDaemon } from './scripted-daemon';

let daemon: ScriptedDaemon | null = null;

afterEach(async () => {
  await daemon?.served.close();
  daemon = null;
});

async function ctl(
  script: Partial<Handlers>,
  words: readonly string[],
  options: TerminalOptions = {},
): Promise<Ran> {
  daemon ??= await scriptDaemon(script);
  return runCtl(daemon.socket, words, options);
}

describe('Ctrl-C', () => {
  test('cancels the request in the daemon and exits with 130', async () => {
    const begun = deferred<null>();
    const cancelled = deferred<string>();
    const script: Partial<Handlers> = {
      'agent.exec': (_params, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            cancelled.resolve('cancelled');
            reject(signal.reason as Error);
          });
          begun.resolve(null);
        }),
    };
    const stopping = new AbortController();
    const running = ctl(script, ['agent', 'exec', 'w1', '--', 'sleep', '60'], { signal: stopping.signal });
    await begun.promise;
    stopping.abort(new Interruption('interrupted', 130));
    expect(await running).toMatchObject({ exit: 130, err: 'gitisoctl: interrupted\n' });
    expect(await cancelled.promise).toBe('cancelled');
  });

  test('ends waiting for standard input', async () => {
    const stopping = new AbortController();
    stopping.abort(new Interruption('interrupted', 130));
    const { exit } = await ctl({}, ['agent', 'create-many', '-'], { signal: stopping.signal });
    expect(exit).toBe(130);
  });
});

describe('lists', () => {
  test('of agents are tables without raw control characters', async () => {
    const agents = [sampleAgent(), sampleAgent({ id: 'w2', status: 'error', error: hostile, commits: 12 })];
    const script: Partial<Handlers> = { 'agent.list': () => Promise.resolve({ agents }) };
    const { out } = await ctl(script, ['agent', 'list']);
    expect(out).toBe(
      [
        'AGENT  REPO  BRANCH    STATUS  COMMITS  BEHIND  ACTIVE      NOTE',
        'w1     demo  agent/w1  ready         2       4  1 hour ago',
        'w2     demo  agent/w1  error        12       4  1 hour ago  \\x1b[31mred\\u{202e}',
        '',
      ].join('\n'),
    );
    const coloured = await ctl(script, ['agent', 'list'], { columns: 80 });
    expect(coloured.out).toContain('\x1b[32mready \x1b[0m');
    const plain = await ctl(script, ['agent', 'list'], { columns: 80, env: { NO_COLOR: '1' } });
    expect(plain.out).not.toContain('\x1b');
  });

  test('of nothing say so, but stay JSON for programs', async () => {
    const script: Partial<Handlers> = {
      'agent.list': () => Promise.resolve({ agents: [] }),
      'repo.list': () => Promise.resolve({ repos: [] }),
    };
    expect((await ctl(script, ['agent', 'list'])).out).toBe('no agents\n');
    expect((await ctl(script, ['repo', 'list'])).out).toBe('no repositories\n');
    expect(JSON.parse((await ctl(script, ['--json', 'repo', 'list'])).out)).toEqual({ repos: [] });
  });

  test('of logs are escaped on a terminal and untouched in a pipe', async () => {
    const script: Partial<Handlers> = {
      'agent.logs': () => Promise.resolve({ stdout: `a\n${hostile}\n`, stderr: '' }),
    };
    expect((await ctl(script, ['agent', 'logs', 'w1'])).out).toBe(`a\n${hostile}\n`);
    const shown = await ctl(script, ['agent', 'logs', 'w1', '--tail', '5'], { columns: 80 });
    expect(shown.out).toBe('a\n\\x1b[31mred\\u{202e}\n');
  });
});

test('repo add sends absolute paths and leaves URLs alone', async () => {
  const script: Partial<Handlers> = { 'repo.add': () => Promise.resolve(sampleRepo()) };
  const { exit, out } = await ctl(script, ['repo', 'add', '../my repo', '--no-publish', '--protect', 'v*']);
  expect(exit).toBe(0);
  expect(out).toContain('/home/me/demo');
  await ctl(script, [
    'repo',
    'add',
    'git@example.org:x.git',
    '--depth=1',
    '--single-branch',
    'main',
    '--ensure',
  ]);
  expect(daemon?.calls.map(({ params }) => params)).toEqual([
    { location: '/home/my repo', publish: false, protectedBranches: ['v*'] },
    { location: 'git@example.org:x.git', depth: 1, singleBranch: 'main', ensure: true },
  ]);
});

describe('audit verify', () => {
  const broken: Partial<Handlers> = {
    'audit.verify': () =>
      Promise.resolve({
        valid: false,
        records: 7,
        head: 'h',
        problem: { segment: '1.jsonl', line: 8, what: 'a gap' },
      }),
  };

  test('exits with the code of a broken log, as text and as JSON', async () => {
    const shown = await ctl(broken, ['audit', 'verify']);
    expect(shown).toMatchObject({ exit: 65, out: 'broken after 7 records, 1.jsonl line 8: a gap\n' });
    const json = await ctl(broken, ['audit', 'verify', '--json']);
    expect([json.exit, (JSON.parse(json.out) as { valid: boolean }).valid]).toEqual([65, false]);
  });
});

describe('events', () => {
  const event = (n: number): object => ({
    topic: 'commits',
    time: '2025-01-01T00:00:00Z',
    agent: 'w1',
    repo: 'demo',
    data: { ref: 'refs/heads/agent/w1', subject: `${hostile} ${n}` },
  });
  const script = (count: number): Partial<Handlers> => ({
    'events.subscribe': async (_params, { peer }) => {
      const release = peer.hold();
      peer.closed.addEventListener('abort', release);
      setImmediate(() => {
        for (let n = 1; n <= count; n++) void peer.notify('events.event', event(n));
        void peer.notify('events.dropped', { count: 3 });
      });
      return { subscription: 's1' };
    },
  });

  test('are JSON lines for programs', async () => {
    const { exit, out } = await ctl(script(3), ['events', '--count', '2', '--json', '--topic', 'commits']);
    expect(exit).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([event(1), event(2)]);
    expect(daemon?.calls).toEqual([{ method: 'events.subscribe', params: { topics: ['commits'] } }]);
  });

  test('are escaped lines for people', async () => {
    const { out } = await ctl(script(1), ['events', '--count=1']);
    expect(out).toBe(
      '2025-01-01T00:00:00Z  commits  w1  demo  ref=refs/heads/agent/w1 subject="\\u001b[31mred\\u{202e} 1"\n',
    );
  });

  test('end with an error when the daemon goes away', async () => {
    const following = ctl(
      {
        'events.subscribe': async (_params, { peer }) => {
          peer.hold();
          setImmediate(() => void daemon?.served.close());
          return { subscription: 's1' };
        },
      },
      ['events', '--follow'],
    );
    const { exit, err } = await following;
    expect(exit).toBe(69);
    expect(err).toContain('closed');
  });
});

describe('call', () => {
  test('prints any result as JSON', async () => {
    const script: Partial<Handlers> = {
      'agent.list': ({ repo }) => Promise.resolve({ agents: [sampleAgent({ repo: repo ?? 'x' })] }),
    };
    const { out } = await ctl(script, ['call', 'agent.list', '{"repo":"demo"}', '--json']);
    expect(JSON.parse(out)).toEqual({ agents: [sampleAgent()] });
    const piped = await ctl(script, ['call', 'agent.list', '-'], { stdin: '{"repo":"y"}' });
    expect(JSON.parse(piped.out)).toEqual({ agents: [sampleAgent({ repo: 'y' })] });
  });

  test('tells a method that does not exist, and parameters that are not JSON', async () => {
    expect(await ctl({}, ['call', 'agent.lst'])).toMatchObject({ exit: 64, out: '' });
    expect((await ctl({}, ['call', 'agent.list', '{'])).err).toContain('PARAMS is not JSON');
  });
});

describe('a daemon that does not answer', () => {
  test('is missing', async () => {
    const { exit, err } = await runCtl('/nowhere/gitisod.sock', ['status']);
    expect(exit).toBe(69);
    expect(err).toBe(
      'gitisoctl: the daemon does not answer on /nowhere/gitisod.sock: there is no such socket\n' +
        'hint: start gitisod, or name its socket with --socket or GITISO_SOCKET if it is elsewhere\n',
    );
  });

  test('left its socket behind', async () => {
    const path = join(tempDir(), 's.sock');
    writeFileSync(path, '');
    const { exit, err } = await runCtl('/ignored', ['status', '--socket', path]);
    expect(exit).toBe(69);
    expect(err).toContain('nobody listens on it');
    rmSync(path);
  });

  test('closes the connection', async () => {
    const path = join(tempDir(), 's.sock');
    const server = createServer((socket) => socket.destroy()).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const { exit, err } = await runCtl(path, ['status']);
    expect(exit).toBe(69);
    expect(err).toContain(path);
    await new Promise((resolve) => server.close(resolve));
  });
});
