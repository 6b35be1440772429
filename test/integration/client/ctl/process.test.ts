import { dirname, join } from 'node:path';
import type { Handlers } from '../../../../daemon/dispatch/handler';
import { deferred } from '../../../helpers/deferred';
import { program, startCtl, startProcess } from './gitisoctl-process';
import { scriptDaemon, sampleAgent, type ScriptedDaemon } from './scripted-daemon';

let daemon: ScriptedDaemon | null = null;

afterEach(async () => {
  await daemon?.served.close();
  daemon = null;
});

async function serve(script: Partial<Handlers>): Promise<{ GITISO_SOCKET: string }> {
  daemon = await scriptDaemon(script);
  return { GITISO_SOCKET: daemon.socket };
}

describe('the process', () => {
  test('tells its version and exits with the code of the command that it ran', async () => {
    const env = await serve({
      'agent.exec': async ({ stdin = '' }, { peer, rpcId }) => {
        await peer.notify('$/output', { requestId: rpcId, stream: 'stdout', data: stdin });
        return { exitCode: 7 };
      },
    });
    expect(await startCtl(['--version']).ended).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^gitisoctl \d+\.\d+\.\d+\n$/) as unknown,
    });
    const words = ['agent', 'exec', 'w1', '--stdin', '--', 'cat'];
    expect(await startCtl(words, { env, input: 'in\n' }).ended).toEqual({
      exit: 7,
      signal: null,
      out: 'in\n',
      err: '',
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('cancels its request at %s and exits with %d', async (signal, exit) => {
    const begun = deferred<null>();
    const cancelled = deferred<null>();
    const env = await serve({
      'agent.exec': (_params, context) =>
        new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            cancelled.resolve(null);
            reject(context.signal.reason as Error);
          });
          begun.resolve(null);
        }),
    });
    const { child, ended } = startCtl(['agent', 'exec', 'w1', '--', 'sleep', '60'], { env });
    await begun.promise;
    child.kill(signal);
    expect(await ended).toMatchObject({ exit, signal: null });
    await cancelled.promise;
  });

  test('ends at Ctrl-C while it waits for standard input', async () => {
    const { child, ended } = startCtl(['agent', 'create-many', '-', '--repo', 'x'], { input: null });
    // More than a pipe holds: when it is written, the process is reading.
    await new Promise((resolve) => child.stdin.write('x'.repeat(1024 * 1024), resolve));
    child.kill('SIGINT');
    expect(await ended).toEqual({ exit: 130, signal: null, out: '', err: 'gitisoctl: interrupted\n' });
  });

  test('ends quietly when nobody reads its output any more', async () => {
    const agents = Array.from({ length: 2000 }, (_, index) => sampleAgent({ id: `w${index}` }));
    const env = await serve({ 'agent.list': () => Promise.resolve({ agents }) });
    const line = '{ "$1" "$2" agent list --json; echo "exit $?" >&2; } | head -c 10';
    const { err } = await startProcess('/bin/sh', ['-c', line, 'sh', process.execPath, program], { env })
      .ended;
    expect(err).toBe('exit 141\n');
  });
});

test('loading the program loads no package and no command', async () => {
  const folder = dirname(program);
  const script = `
    require(${JSON.stringify(join(folder, 'run.js'))});
    require(${JSON.stringify(join(folder, 'commands.js'))});
    require(${JSON.stringify(join(folder, '../rpc-client.js'))});
    console.log(JSON.stringify(Object.keys(require.cache)));
  `;
  const { out } = await startProcess(process.execPath, ['-e', script]).ended;
  const loaded = JSON.parse(out) as string[];
  expect(loaded.length).toBeGreaterThan(10);
  expect(
    loaded.filter((file) => /node_modules|ctl\/commands\/|shared\/methods|shared\/records/.test(file)),
  ).toEqual([]);
});
