/** Signals, and a daemon that goes away in the middle: the command ends clearly, and is not carried out twice. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { frameJson, outcome, startFakeDaemon, type FakeDaemon, type ShimPeer } from './fake-daemon';
import { createShimWorld, finished, writeScript, type ShimWorld } from './shim-world';

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

/** Starts a command; resolves once the daemon has its request. */
async function opened(args: readonly string[] = ['commit', '-m', 'x'], program?: string) {
  const peer = new Promise<ShimPeer>((resolve) => {
    daemon.handle = (_, with_) => {
      resolve(with_);
      return 'none';
    };
  });
  const child = world.start(args, program === undefined ? {} : { program });
  return { child, result: finished(child), peer: await peer };
}

const cancelled = { method: '$/cancelRequest', params: { id: 1 } };

describe('a signal to the shim', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s cancels the request, and the shim dies of it',
    async (signal) => {
      const ended = daemon.nextEnd();
      const { child, result } = await opened();
      child.kill(signal);

      expect(await result).toEqual({ code: null, signal, stdout: '', stderr: '' });
      await ended;
      expect(daemon.notifications.at(-1)).toMatchObject(cancelled);
    },
  );

  test('the program it runs gets it too, and is waited for', async () => {
    const left = join(world.root, 'left');
    const { child, result, peer } = await opened();
    const script = `trap 'echo bye >${left}; exit' TERM; echo started; while :; do sleep 0.05; done`;
    void peer.request('shim.run', {
      program: 'sh',
      args: ['-c', script],
      stdin: 'null',
      stdout: 'inherit',
      stderr: 'null',
      limit: 0,
    });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGTERM');

    expect((await result).signal).toBe('SIGTERM');
    expect(readFileSync(left, 'utf8')).toBe('bye\n');
  });

  test('one that is ignored from outside stays ignored', async () => {
    const { child, result, peer } = await opened(['-c', `trap '' INT; exec git commit`], '/bin/sh');
    child.kill('SIGINT');
    const { message } = await peer.request('shim.usage', { paths: [] });
    expect(message.result).toEqual({ usage: [] });
    child.kill('SIGTERM');
    expect((await result).signal).toBe('SIGTERM');
  });

  test('Ctrl-C in an editor is the editor’s, and elsewhere ends the command', async () => {
    const editor = join(world.root, 'editor');
    const log = join(world.root, 'editor-log');
    writeScript(
      editor,
      `trap 'echo interrupted >>${log}' INT`,
      'echo ready',
      'until read line; do :; done',
      `echo "$line" >>${log}`,
    );
    const params = {
      program: editor,
      args: [],
      stdin: 'inherit',
      stdout: 'inherit',
      stderr: 'inherit',
      limit: 0,
    };
    const { child, result, peer } = await opened(
      [join(__dirname, 'terminal.py'), 'git', 'commit'],
      '/usr/bin/python3',
    );
    const edited = peer.request('shim.run', params);
    await seen(child.stdout, 'ready');
    child.stdin?.write('\x03');
    await until(() => existsSync(log));
    child.stdin?.write('typed\n');

    expect((await edited).message.result).toEqual({ exitCode: 0, signal: 0, truncated: false });
    expect(readFileSync(log, 'utf8')).toBe('interrupted\ntyped\n');
    child.stdin?.write('\x03');
    expect((await result).code).toBe(130);
    expect(daemon.notifications.at(-1)).toMatchObject(cancelled);
  });
});

describe('a connection that breaks', () => {
  test('is made again, and the same request with the same key repeated', async () => {
    writeFileSync(join(world.workspace, 'a.txt'), 'staged\n');
    world.git('add', 'a.txt');
    const before = daemon.calls.length;
    daemon.handle = (_, peer) => {
      if (daemon.calls.length < before + 3) peer.hangUp();
      return daemon.calls.length < before + 3 ? 'none' : outcome({ stdout: 'done\n' });
    };

    expect(await world.run(['commit', '-m', 'x'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'done\n',
      stderr: '',
    });

    const [first, ...repeats] = daemon.calls.slice(before);
    expect(repeats).toEqual([first, first]);
    expect(first?.params['prefetched']).toBe(true);
    world.git('reset', '-q');
  });

  test('each command has a key of its own', async () => {
    daemon.handle = () => outcome();
    const before = daemon.calls.length;
    for (let i = 0; i < 3; i++) await world.run(['commit', '-m', 'x']);
    expect(new Set(daemon.calls.slice(before).map(({ params }) => params['key'])).size).toBe(3);
  });

  test('survives a restart of the daemon', async () => {
    const { result } = await opened();
    const key = daemon.calls.at(-1)?.params['key'];
    await daemon.stop();
    daemon = await startFakeDaemon(world.socket, ({ params }) =>
      outcome({ stdout: String(params['key'] === key) }),
    );

    expect(await result).toMatchObject({ code: 0, stdout: 'true' });
  });

  test('is given up after three repeats', async () => {
    const before = daemon.calls.length;
    daemon.handle = (_, peer) => {
      peer.hangUp();
      return 'none';
    };

    const result = await world.run(['commit', '-m', 'x']);

    expect(daemon.calls.length - before).toBe(4);
    expect(result).toMatchObject({ code: 128, stdout: '' });
    expect(result.stderr).toMatch(/^fatal: gitiso: the connection to the daemon broke/);
  });

  test.each([
    ['no length', 'Content-Type: x\r\n\r\n{}'],
    ['a length that is no number', 'Content-Length: -1\r\n\r\n'],
    ['a length beyond the limit', 'Content-Length: 999999999\r\n\r\n'],
    ['no JSON', 'Content-Length: 2\r\n\r\n{x'],
    ['endless headers', 'x'.repeat(5000)],
  ])('nonsense counts as broken: %s', async (_, nonsense) => {
    let repeated = false;
    daemon.handle = (_call, peer) => {
      if (repeated) return outcome({ stdout: 'done\n' });
      repeated = true;
      peer.send(Buffer.from(nonsense));
      return 'none';
    };
    expect(await world.run(['commit', '-m', 'x'])).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  test('messages that concern nobody are passed over, frames may come in pieces', async () => {
    daemon.handle = async (_, peer) => {
      peer.notify('$/progress', {});
      peer.send(frameJson({ jsonrpc: '2.0', id: 99, result: {} }));
      const bytes = frameJson({ jsonrpc: '2.0', id: 1, ...outcome({ stdout: 'in pieces\n' }) });
      for (const byte of bytes) {
        peer.send(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return 'none' as const;
    };
    expect((await world.run(['commit', '-m', 'x'])).stdout).toBe('in pieces\n');
  });
});

/** Resolves when the stream has printed the text. */
function seen(stream: NodeJS.ReadableStream | null, text: string): Promise<void> {
  let printed = '';
  return new Promise((resolve) => {
    stream?.on('data', (data: Buffer) => {
      printed += data.toString();
      if (printed.includes(text)) resolve();
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
