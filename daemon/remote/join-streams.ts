/** Lets a git child and the other end of a connection talk, with back-pressure both ways, until the child has ended. */
import type { Duplex } from 'node:stream';
import { GitisoError, isGitisoError } from '../../shared/errors';
import type { GitChild } from '../git/git-child';

/** After git has ended the other end has so long to take what is left. */
const lastWordsMs = 10_000;

/**
 * `inputBytes` bounds what goes to the child. Whatever ends first ends the other: a connection that is gone kills the
 * child (through the signal the child was started with), a child that is gone closes the connection.
 */
export async function joinStreams(
  stream: Duplex,
  child: GitChild,
  inputBytes: number,
): Promise<{ readonly exitCode: number | null }> {
  let received = 0;
  let isOver = false;
  const fail = (error: GitisoError): void => {
    if (!isOver) child.fail(error);
  };
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > inputBytes) fail(new GitisoError('limit-exceeded', 'too much input for git'));
  });
  stream.on('error', () => undefined);
  stream.once('close', () => fail(new GitisoError('request-cancelled', 'the connection was closed')));
  stream.pipe(child.stdin);
  child.stdin.once('close', () => {
    // git reads no more; what still comes is dropped, so that its end is noticed.
    stream.unpipe(child.stdin);
    stream.resume();
  });
  child.stdout.pipe(stream, { end: false });
  const exitCode = await child.ended.then(
    (result) => result.exitCode,
    (error: unknown) => {
      if (isGitisoError(error)) return null;
      throw error;
    },
  );
  isOver = true;
  await endStream(stream);
  return { exitCode };
}

/** Resolves when everything was handed over, or the other end does not take it. */
export async function endStream(stream: Duplex): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lastWordsMs);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    stream.once('close', settle);
    stream.end(settle);
  });
}
