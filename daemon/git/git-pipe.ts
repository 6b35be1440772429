/** Two gits, the output of one flowing into the other. */
import { pipeline } from 'node:stream/promises';
import { GitisoError } from '../../shared/errors';
import { collectBytes, type GitChild } from './git-child';
import type { GitResult, GitRunOptions } from './host-git';

export interface GitPipeEnd {
  readonly args: readonly string[];
  readonly options: GitRunOptions;
}

export interface PipedGits {
  readonly from: GitResult;
  readonly to: GitResult;
}

/** `from.options.outputLimitBytes` bounds what flows. Throws as `HostGit.run`; when one end fails the other is ended. */
export async function pipeGits(
  start: (args: readonly string[], options: GitRunOptions) => GitChild,
  from: GitPipeEnd,
  to: GitPipeEnd,
): Promise<PipedGits> {
  const source = start(from.args, from.options);
  const sink = start(to.args, to.options);
  const received = collectBytes(sink.stdout, to.options.outputLimitBytes, () =>
    sink.fail(tooMuchOutput(to.args[0], to.options.outputLimitBytes)),
  );
  source.stdin.end(from.options.stdin ?? '');
  const flow = pipeline(source.stdout, boundedFlow(from), sink.stdin).catch(async (error: unknown) => {
    if (error instanceof GitisoError) {
      source.fail(error);
      sink.fail(error);
      return;
    }
    // The sink has ended first: it had all it wanted, or its exit code says why, and nobody reads what still comes.
    const { exitCode } = await sink.ended.catch(() => ({ exitCode: null }));
    if (exitCode !== 0) source.fail(new GitisoError('worker-failed', 'the pipe between two gits broke'));
  });
  const [sent, stored] = await Promise.allSettled([source.ended, sink.ended, flow]);
  if (stored.status === 'rejected') throw stored.reason;
  const result = { exitCode: stored.value.exitCode, stdout: received(), stderr: stored.value.stderr };
  if (sent.status === 'rejected') {
    if (result.exitCode === 0) throw sent.reason;
    return { from: { exitCode: 1, stdout: Buffer.alloc(0), stderr: '' }, to: result };
  }
  return { from: { ...sent.value, stdout: Buffer.alloc(0) }, to: result };
}

export function tooMuchOutput(command: string | undefined, limitBytes: number): GitisoError {
  return new GitisoError('limit-exceeded', `git ${command ?? ''} wrote more than ${limitBytes} bytes`);
}

function boundedFlow({ args, options: { outputLimitBytes } }: GitPipeEnd) {
  return (source: AsyncIterable<Buffer>) =>
    passBounded(source, outputLimitBytes, () => tooMuchOutput(args[0], outputLimitBytes));
}

async function* passBounded(source: AsyncIterable<Buffer>, limitBytes: number, exceeded: () => GitisoError) {
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limitBytes) throw exceeded();
    yield chunk;
  }
}
