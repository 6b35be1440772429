/** Runs a command in a container and streams what it prints; the caller's pace is the command's pace. */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GitisoError } from '../../shared/errors';
import { killExec } from './kill-exec';
import { createOutputSplitter } from './output-frames';
import type { ExecOptions } from './runtime';

/** One command as the engine's client knows it. */
export interface EngineExec {
  readonly start: () => Promise<Duplex>;
  readonly inspect: () => Promise<{ readonly Pid: number; readonly ExitCode: number | null }>;
  /** Resolves when the container has ended; rejects when the signal is aborted. */
  readonly containerEnded: (signal: AbortSignal) => Promise<unknown>;
}

/** What a shell calls killed. */
const killedExitCode = 137;
/** For output that is still on its way. Docker 20.10 was seen never to end a command whose container was killed. */
const outputGraceMs = 5000;

/** Resolves with the exit code once all output was handed over. */
export async function runExec(
  exec: EngineExec,
  containerId: string,
  options: ExecOptions,
  graceMs = outputGraceMs,
): Promise<number> {
  throwIfCancelled(options.signal);
  const stream = await exec.start();
  const over = new AbortController();
  const containerIsGone = new Error('the container has ended');
  void exec
    .containerEnded(over.signal)
    .then(() => sleep(graceMs, undefined, { signal: over.signal }))
    .then(() => stream.destroy(containerIsGone))
    .catch(() => undefined);
  const cancel = () => {
    void exec
      .inspect()
      .then(({ Pid }) => killExec(Pid, containerId))
      .catch(() => false)
      .finally(() => stream.destroy());
  };
  options.signal.addEventListener('abort', cancel, { once: true });
  if (options.signal.aborted) cancel();
  try {
    stream.end(options.stdin ?? undefined);
    await passOn(stream, options);
  } catch (error) {
    throwIfCancelled(options.signal);
    if (error === containerIsGone) return killedExitCode;
    cancel();
    throw error;
  } finally {
    over.abort();
    options.signal.removeEventListener('abort', cancel);
  }
  throwIfCancelled(options.signal);
  const { ExitCode } = await exec.inspect();
  // null: the container was stopped under the command.
  return ExitCode ?? killedExitCode;
}

async function passOn(stream: Duplex, options: ExecOptions): Promise<void> {
  const split = createOutputSplitter();
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    for (const piece of split(chunk)) await options.onOutput(piece.stream, piece.data);
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new GitisoError('request-cancelled', 'the command was ended');
}
