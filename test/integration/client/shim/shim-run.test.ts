/** Programs that the daemon runs in the container: `shim.run`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { converseWith, type Converse } from './converse';
import { outcome, startFakeDaemon, type FakeDaemon } from './fake-daemon';
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

const runParams = { stdin: 'null', stdout: 'capture', stderr: 'capture', limit: 1 << 20 };

test('the real git runs in the folder of the command, its streams come back', async () => {
  await converse(
    async (peer) => {
      const { message, attachments } = await peer.request('shim.run', {
        ...runParams,
        args: ['rev-parse', '--show-prefix', 'x'],
      });
      expect(message.result).toEqual({ exitCode: 128, signal: 0, truncated: false });
      expect(attachments.map((part) => part.toString().split('\n')[0])).toEqual([
        'sub folder/',
        expect.stringContaining('fatal: '),
      ]);
      return outcome();
    },
    ['-C', 'sub folder', 'commit'],
  );
});

test('megabytes go in and come out at once', async () => {
  const input = Buffer.alloc(5_000_000, 'some bytes \xff\0', 'latin1');
  await converse(async (peer) => {
    const params = {
      ...runParams,
      program: 'sh',
      args: ['-c', 'tee /dev/stderr'],
      stdin: 'attachment',
      limit: 1 << 24,
    };
    const { message, attachments } = await peer.request('shim.run', params, [input]);
    expect(message.result).toEqual({ exitCode: 0, signal: 0, truncated: false });
    expect(attachments.map((part) => part.equals(input))).toEqual([true, true]);
    return outcome();
  });
});

test('input that nobody reads and output beyond the limit do no harm', async () => {
  await converse(async (peer) => {
    const unread = { ...runParams, program: 'true', args: [], stdin: 'attachment' };
    const first = await peer.request('shim.run', unread, [Buffer.alloc(1 << 20)]);
    expect(first.message.result).toEqual({ exitCode: 0, signal: 0, truncated: false });
    const long = {
      ...runParams,
      program: 'sh',
      args: ['-c', 'head -c 1000000 /dev/zero; echo end >&2'],
      limit: 10,
    };
    const second = await peer.request('shim.run', long);
    expect(second.message.result).toEqual({ exitCode: 0, signal: 0, truncated: true });
    expect(second.attachments).toEqual([Buffer.alloc(10), Buffer.from('end\n')]);
    return outcome();
  });
});

test('streams are inherited and dropped as asked', async () => {
  const { stdout, stderr } = await converse(
    async (peer) => {
      const params = {
        program: 'sh',
        args: ['-c', 'cat; echo err >&2'],
        stdin: 'inherit',
        stdout: 'inherit',
        stderr: 'null',
        limit: 0,
      };
      const { message, attachments } = await peer.request('shim.run', params);
      expect(message.result).toEqual({ exitCode: 0, signal: 0, truncated: false });
      expect(attachments).toEqual([]);
      return outcome({ stdout: 'after\n' });
    },
    ['commit'],
    { input: Buffer.from('typed\n') },
  );
  expect([stdout, stderr]).toEqual(['typed\nafter\n', '']);
});

test('variables are set and unset, arguments are bytes', async () => {
  await converse(
    async (peer) => {
      const script = 'printf "%s|%s|%s|%s" "$A" "${B-unset}" "$C" "$1"';
      const params = {
        ...runParams,
        program: 'sh',
        args: ['-c', script, 'sh', 'x\u00e9y'],
        env: { A: '1 \u00ff', B: '' },
      };
      const { attachments } = await peer.request('shim.run', params);
      expect(attachments[0]?.toString('latin1')).toBe('1 \u00ff|unset|kept|x\u00e9y');
      return outcome();
    },
    ['commit'],
    { env: { A: '0', B: '0', C: 'kept' } },
  );
});

test('the exit code and the signal are told, and a program that does not exist is 127', async () => {
  await converse(async (peer) => {
    const results = [];
    for (const script of ['exit 7', 'kill -KILL $$']) {
      results.push(
        (await peer.request('shim.run', { ...runParams, program: 'sh', args: ['-c', script] })).message
          .result,
      );
    }
    results.push(
      (await peer.request('shim.run', { ...runParams, program: 'no-such-program', args: [] })).message.result,
    );
    expect(results).toEqual([
      { exitCode: 7, signal: 0, truncated: false },
      { exitCode: 137, signal: 9, truncated: false },
      { exitCode: 127, signal: 0, truncated: false },
    ]);
    return outcome();
  });
});

test('what a program leaves in the background is not waited for', async () => {
  const pidFile = join(world.root, 'background');
  await converse(async (peer) => {
    const args = ['-c', `echo started; sleep 60 & echo $! >${pidFile}`];
    const { attachments } = await peer.request('shim.run', { ...runParams, program: 'sh', args });
    expect(attachments[0]?.toString()).toBe('started\n');
    return outcome();
  });
  process.kill(Number(readFileSync(pidFile, 'utf8')));
});

test('a request is cancelled by ending the program', async () => {
  await converse(async (peer) => {
    const running = peer.request('shim.run', { ...runParams, program: 'sleep', args: ['60'] });
    peer.notify('$/cancelRequest', { id: 1 });
    expect((await running).message.result).toEqual({ exitCode: 143, signal: 15, truncated: false });
    return outcome();
  });
});

test('a cancelled program that does not want to go is killed after a while', async () => {
  await converse(async (peer) => {
    const deaf = join(world.root, 'deaf');
    const args = ['-c', `trap '' TERM; : >${deaf}; while :; do sleep 0.1; done`];
    const running = peer.request('shim.run', { ...runParams, program: 'sh', args });
    while (!existsSync(deaf)) await new Promise((resolve) => setTimeout(resolve, 5));
    peer.notify('$/cancelRequest', { id: 1 });
    expect((await running).message.result).toEqual({ exitCode: 137, signal: 9, truncated: false });
    return outcome();
  });
});

test('parameters that make no sense and unknown methods are errors, and the conversation goes on', async () => {
  const { stdout } = await converse(async (peer) => {
    for (const change of [
      { args: 'x' },
      { args: ['€'] },
      { args: [], stdin: 'x' },
      { args: [], limit: -1 },
      { args: [], env: { A: 1 } },
      { args: ['a\0b'] },
    ]) {
      const { message } = await peer.request('shim.run', { ...runParams, ...change });
      expect(message.error?.code).toBe(-32602);
    }
    expect((await peer.request('shim.nothing', {})).message.error?.code).toBe(-32601);
    return outcome({ stdout: 'done' });
  });
  expect(stdout).toBe('done');
});
