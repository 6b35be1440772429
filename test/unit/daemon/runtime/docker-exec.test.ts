/** The ends of a command that a real engine does not make on demand. */
import { Duplex, PassThrough } from 'node:stream';
import { runExec, type EngineExec } from '../../../../daemon/runtime/docker-exec';
import { deferred } from '../../../helpers/deferred';

const options = {
  argv: ['true'],
  workdir: '/',
  environment: {},
  stdin: null,
  onOutput: () => Promise.resolve(),
  signal: new AbortController().signal,
};

function execOf(stream: Duplex, containerEnded: EngineExec['containerEnded']): EngineExec {
  return {
    start: () => Promise.resolve(stream),
    inspect: () => Promise.resolve({ Pid: 0, ExitCode: 3 }),
    containerEnded,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

/** Never says that the command has ended. */
function silentStream(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}

test('a command that the engine never ends is given up when its container has ended', async () => {
  const ended = deferred<undefined>();
  const stream = silentStream();
  const exitCode = runExec(
    execOf(stream, () => ended.promise),
    'container',
    options,
    10,
  );
  ended.resolve(undefined);
  expect(await exitCode).toBe(137);
  expect(stream.destroyed).toBe(true);
});

test('what is on its way when the container ends is still handed over', async () => {
  const stream = new PassThrough();
  const pieces: string[] = [];
  const exitCode = runExec(
    execOf(stream, () => Promise.resolve()),
    'container',
    {
      ...options,
      onOutput: (_stream, data) => {
        pieces.push(data.toString());
        return Promise.resolve();
      },
    },
    60_000,
  );
  // Ends with its input, as `cat` does: a frame of the engine, one byte on stdout.
  stream.write(Buffer.from([1, 0, 0, 0, 0, 0, 0, 1, 65]));
  expect(await exitCode).toBe(3);
  expect(pieces).toEqual(['A']);
});

test('a command that ends by itself waits for no container', async () => {
  const waits: AbortSignal[] = [];
  const exec = execOf(new PassThrough(), (signal) => {
    waits.push(signal);
    return aborted(signal);
  });
  expect(await runExec(exec, 'container', options)).toBe(3);
  expect(waits.map((signal) => signal.aborted)).toEqual([true]);
});
