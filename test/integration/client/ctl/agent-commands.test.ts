import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handlers } from '../../../../daemon/dispatch/handler';
import { GitisoError } from '../../../../shared/errors';
import { tempDir } from '../../../helpers/temp-dir';
import type { TerminalOptions } from '../../../unit/client/ctl/recording-terminal';
import { hostile, runCtl, type Ran } from './run-ctl';
import { sampleAgent, scriptDaemon, type ScriptedDaemon } from './scripted-daemon';

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

  test('shows on a terminal how many are there', async () => {
    const publish: Partial<Handlers> = {
      'events.subscribe': async (_params, { peer }) => {
        for (const [agent, status] of [
          ['w1', 'creating'],
          ['w1', 'ready'],
          ['other', 'ready'],
          ['w2', 'error'],
        ]) {
          const data = { status };
          await peer.notify('events.event', { topic: 'agents', time: '', agent, repo: 'demo', data });
        }
        return { subscription: 's1' };
      },
    };
    const words = ['agent', 'create-many', '--repo', 'demo', '--prefix', 'w', '--count', '4'];
    const { err } = await ctl({ ...script, ...publish }, words, { columns: 80 });
    const shown = [0, 1, 2].map(
      (count) => `\r\x1b[Kcreating agents [${'#'.repeat(5 * count).padEnd(20, '.')}]`,
    );
    const lines = shown.map((bar, count) => `${bar} ${String(25 * count).padStart(3)}% ${count} of 4`);
    expect(err).toBe(`${lines.join('')}\r\x1b[K`);
    expect(daemon?.calls[0]).toEqual({ method: 'events.subscribe', params: { topics: ['agents'] } });
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
