import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { commands } from '../../../../client/ctl/commands';
import { run } from '../../../../client/ctl/run';
import { Interruption } from '../../../../client/ctl/terminal';
import { connect } from '../../../../client/rpc-client';
import type { Handlers } from '../../../../daemon/dispatch/handler';
import { GitisoError } from '../../../../shared/errors';
import { deferred } from '../../../helpers/deferred';
import { tempDir } from '../../../helpers/temp-dir';
import {
  recordTerminal,
  type RecordedTerminal,
  type TerminalOptions,
} from '../../../unit/client/ctl/recording-terminal';
import { sampleAgent, sampleRepo, scriptDaemon, type ScriptedDaemon } from './scripted-daemon';

let daemon: ScriptedDaemon | null = null;

afterEach(async () => {
  await daemon?.served.close();
  daemon = null;
});

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly terminal: RecordedTerminal;
}

async function ctl(
  script: Partial<Handlers>,
  words: readonly string[],
  options: TerminalOptions = {},
): Promise<Ran> {
  daemon ??= await scriptDaemon(script);
  return ctlAt(daemon.socket, words, options);
}

async function ctlAt(socket: string, words: readonly string[], options: TerminalOptions = {}): Promise<Ran> {
  const terminal = recordTerminal({ ...options, env: { GITISO_SOCKET: socket, ...options.env } });
  const exit = await run(words, terminal, { catalogue: commands, version: () => '1.2.3', connect });
  return { exit, out: terminal.stdout.text(), err: terminal.stderr.text(), terminal };
}

const hostile = '\x1b[31mred\u202e';

describe('agent create', () => {
  const script = (): Partial<Handlers> => ({
    'agent.create': async (_params, { peer, rpcId }) => {
      await peer.notify('$/progress', {
        requestId: rpcId,
        stage: 'checking out',
        percent: 50,
        message: hostile,
      });
      return { agent: sampleAgent(), created: true, warnings: [`base is ${hostile} old`] };
    },
  });

  test('says where the agent starts, and warns on standard error', async () => {
    const { exit, out, err } = await ctl(script(), [
      'agent',
      'create',
      'w1',
      '--repo',
      'demo',
      '--base=main',
    ]);
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'agent      w1 (ready)',
        'branch     agent/w1',
        'base       main at 0123456789ab (2 days ago), 4 commits behind its upstream',
        'workspace  /var/lib/gitiso/agents/w1/workspace',
        'image      gitiso/base:bookworm',
        '',
      ].join('\n'),
    );
    expect(err).toBe('warning: base is \\x1b[31mred\\u{202e} old\n');
    expect(daemon?.calls).toEqual([
      { method: 'agent.create', params: { id: 'w1', repo: 'demo', base: 'main' } },
    ]);
  });

  test('prints exactly the result with --json, warnings inside', async () => {
    const { out, err } = await ctl(script(), ['agent', 'create', 'w1', '--repo', 'demo', '--json']);
    expect(JSON.parse(out)).toEqual({
      agent: sampleAgent(),
      created: true,
      warnings: [`base is ${hostile} old`],
    });
    expect(out).not.toContain('\u202e');
    expect(err).toBe('');
  });

  test('shows progress on a terminal and wipes it', async () => {
    const { err } = await ctl(script(), ['agent', 'create', 'w1', '--repo', 'demo'], { columns: 100 });
    expect(err).toContain('\r\x1b[Kchecking out [##########..........]  50% \\x1b[31mred');
    expect(err.indexOf('\r\x1b[K\x1b[33mwarning')).toBeGreaterThan(0);
  });

  test("tells the daemon's refusal with its hint, and exits as the catalogue says", async () => {
    const refuse: Partial<Handlers> = {
      'agent.create': () => Promise.reject(new GitisoError('agent-exists', `the agent w1 ${hostile} exists`)),
    };
    const { exit, out, err } = await ctl(refuse, ['agent', 'create', 'w1', '--repo', 'demo']);
    expect([exit, out]).toEqual([73, '']);
    expect(err).toBe(
      'gitisoctl: the agent w1 \\x1b[31mred\\u{202e} exists\n' +
        'hint: choose another id, or pass ensure to get the existing agent\n',
    );
  });

  test('lets the schema of the daemon decide about ids', async () => {
    const { exit, err } = await ctl(script(), ['agent', 'create', '../w1', '--repo', 'demo']);
    expect(exit).toBe(64);
    expect(err).toContain('id');
    expect(daemon?.calls).toEqual([]);
  });
});

describe('agent create-many', () => {
  const script: Partial<Handlers> = {
    'agent.createMany': async ({ agents }) => ({
      results: agents.map(({ id }) =>
        id.endsWith('2')
          ? {
              id,
              agent: null,
              created: false,
              error: { reason: 'branch-taken', message: 'taken', hint: 'choose' },
            }
          : { id, agent: sampleAgent({ id }), created: true, error: null },
      ),
    }),
  };

  test('counts ids, reports each, and exits like the first failure', async () => {
    const { exit, out } = await ctl(script, [
      ...['agent', 'create-many', '--repo', 'demo', '--prefix', 'w', '--count', '3', '--memory', '64m'],
    ]);
    const limits = { memoryBytes: 67108864 };
    expect(daemon?.calls[0]?.params).toEqual({
      agents: ['w1', 'w2', 'w3'].map((id) => ({ id, repo: 'demo', limits })),
    });
    expect(out).toMatch(/^w2 +failed .* taken \(choose\)$/m);
    expect(exit).toBe(73);
  });

  test('reads a list from standard input or a file, with options for what an entry leaves open', async () => {
    const list = JSON.stringify([{ id: 'a1' }, { id: 'b1', repo: 'other' }]);
    const file = join(tempDir(), 'agents.json');
    writeFileSync(file, list);
    const agents = [
      { id: 'a1', repo: 'demo' },
      { id: 'b1', repo: 'other' },
    ];
    for (const [name, stdin] of [
      ['-', list],
      [file, ''],
    ] as const) {
      const { exit } = await ctl(script, ['agent', 'create-many', name, '--repo', 'demo'], { stdin });
      expect(exit).toBe(0);
      expect(daemon?.calls.at(-1)?.params).toEqual({ agents });
    }
  });

  test.each([
    [['agent', 'create-many'], '', 'give FILE, or all of --repo, --prefix and --count'],
    [['agent', 'create-many', '-', '--count', '1'], '[]', 'exclude each other'],
    [['agent', 'create-many', '-'], '[]', 'not a JSON array of objects'],
    [['agent', 'create-many', '-'], '[1]', 'not a JSON array of objects'],
    [['agent', 'create-many', '-'], '[{', 'not JSON'],
    [['agent', 'create-many', '/does/not/exist'], '', "can not read '/does/not/exist': ENOENT"],
  ])('refuses %j without asking the daemon', async (words, stdin, message) => {
    const { exit, err } = await ctl(script, words, { stdin });
    expect(exit).toBe(64);
    expect(err).toContain(message);
    expect(daemon?.calls).toEqual([]);
  });
});

describe('agent exec and agent git', () => {
  const bytes = Buffer.from([0x00, 0xff, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xc3]);
  const script: Partial<Handlers> = {
    'agent.exec': async (_params, { peer, rpcId }) => {
      const say = (stream: string, data: Buffer): Promise<void> =>
        peer.notify('$/output', { requestId: rpcId, stream, data: data.toString('base64') });
      await say('stdout', bytes);
      await say('stderr', Buffer.from('oops\n'));
      await say('stdout', bytes);
      return { exitCode: 42 };
    },
  };

  test("pass the command's bytes and exit code through, also on a terminal", async () => {
    const words = [
      'agent',
      'exec',
      'w1',
      '--workdir=/tmp',
      '--env',
      'A=1',
      '--timeout',
      '2',
      '--',
      'ls',
      '--json',
    ];
    const { exit, terminal, err } = await ctl(script, words, { columns: 80 });
    expect(exit).toBe(42);
    expect(terminal.stdout.bytes()).toEqual(Buffer.concat([bytes, bytes]));
    expect(err).toBe('oops\n');
    expect(daemon?.calls[0]?.params).toEqual({
      id: 'w1',
      argv: ['ls', '--json'],
      workdir: '/tmp',
      environment: { A: '1' },
      timeoutMs: 2000,
    });
  });

  test('give git everything after the id', async () => {
    expect((await ctl(script, ['agent', 'git', 'w1', 'log', '--help', '--', 'x'])).exit).toBe(42);
    expect(daemon?.calls[0]?.params).toEqual({ id: 'w1', argv: ['git', 'log', '--help', '--', 'x'] });
  });

  test('send standard input on request only, and no more than the method takes', async () => {
    await ctl(script, ['agent', 'exec', 'w1', '--stdin', '--', 'cat'], { stdin: 'ä\n' });
    expect(daemon?.calls[0]?.params).toMatchObject({ stdin: Buffer.from('ä\n').toString('base64') });
    await ctl(script, ['agent', 'exec', 'w1', '--stdin', '--', 'cat'], { stdin: 'x'.repeat(716800) });
    expect(daemon?.calls).toHaveLength(2);
    const { exit, err } = await ctl(script, ['agent', 'exec', 'w1', '--stdin', '--', 'cat'], {
      stdin: 'x'.repeat(716801),
    });
    expect([exit, err]).toEqual([64, expect.stringContaining('longer than 716800 bytes')]);
    expect(daemon?.calls).toHaveLength(2);
  });
});

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

describe('several ids', () => {
  const script: Partial<Handlers> = {
    'agent.remove': async ({ id }) => {
      if (id === 'w2') throw new GitisoError('agent-has-work', 'w2 has 3 uncommitted files');
      return { removed: true, snapshot: `refs/gitiso/snapshots/${id}/1`, warnings: [`${hostile} not kept`] };
    },
  };

  test('are all tried; the exit code is that of the first failure', async () => {
    const { exit, out, err } = await ctl(script, ['agent', 'remove', 'w1', 'w2', 'w3', '--force']);
    expect(out).toBe(
      'removed w1; snapshot refs/gitiso/snapshots/w1/1\nremoved w3; snapshot refs/gitiso/snapshots/w3/1\n',
    );
    const warning = 'warning: \\x1b[31mred\\u{202e} not kept\n';
    const hint = 'hint: publish or commit the work, or pass force (a snapshot is kept)\n';
    expect(err).toBe(`${warning}gitisoctl: w2: w2 has 3 uncommitted files\n${hint}${warning}`);
    expect(exit).toBe(75);
    expect(daemon?.calls.map(({ params }) => params)).toContainEqual({ id: 'w3', force: true });
  });

  test('give one JSON array, one id gives the result itself', async () => {
    const snapshot = 'refs/gitiso/snapshots/w1/1';
    const result = { removed: true, snapshot, warnings: [`${hostile} not kept`] };
    const many = await ctl(script, ['agent', 'remove', 'w1', 'w2', '--json']);
    expect(JSON.parse(many.out)).toEqual([
      { id: 'w1', result },
      { id: 'w2', error: expect.objectContaining({ reason: 'agent-has-work' }) as unknown },
    ]);
    const one = await ctl(script, ['agent', 'remove', 'w1', '--json']);
    expect(JSON.parse(one.out)).toEqual(result);
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
    const { exit, err } = await ctlAt('/nowhere/gitisod.sock', ['status']);
    expect(exit).toBe(69);
    expect(err).toBe(
      'gitisoctl: the daemon does not answer on /nowhere/gitisod.sock: there is no such socket\n' +
        'hint: start gitisod, or name its socket with --socket or GITISO_SOCKET if it is elsewhere\n',
    );
  });

  test('left its socket behind', async () => {
    const path = join(tempDir(), 's.sock');
    writeFileSync(path, '');
    const { exit, err } = await ctlAt('/ignored', ['status', '--socket', path]);
    expect(exit).toBe(69);
    expect(err).toContain('nobody listens on it');
    rmSync(path);
  });

  test('closes the connection', async () => {
    const path = join(tempDir(), 's.sock');
    const server = createServer((socket) => socket.destroy()).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const { exit, err } = await ctlAt(path, ['status']);
    expect(exit).toBe(69);
    expect(err).toContain(path);
    await new Promise((resolve) => server.close(resolve));
  });
});
