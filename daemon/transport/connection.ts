/**
 * One socket: bytes to frames and back, with its deadlines and back-pressure. It knows nothing of JSON-RPC, and
 * whatever a peer does to its connection never reaches another one.
 */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { createFrameDecoder, encodeAttachmentHeader, encodeMessage, type Frame } from '../../shared/framing';
import type { Config } from '../config/schema';
import type { InputBudget, RateLimit } from './input-limits';

export interface ConnectionOptions {
  readonly limits: () => Config['limits'];
  readonly budget: InputBudget;
  readonly rate: RateLimit;
}

export interface Connection {
  /** Resolves when the kernel has the bytes or the connection is gone; never rejects. */
  readonly send: (json: string, attachments?: readonly Buffer[]) => Promise<void>;
  /** Drops what is still read, sends what is queued, and closes when the peer does, or after a second. */
  readonly end: () => void;
  readonly destroy: () => void;
  /**
   * Ends the conversation in frames: from here on the bytes belong to the caller, paused, with the deadline for silence
   * left in place. null: the connection is over, speaks lines, or the peer has sent something it must not yet send.
   */
  readonly becomeStream: () => Duplex | null;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
}

/** The user of a connection. None of these may throw. */
export interface Receiver {
  /** The frame's bytes are counted against the budget until the receiver gives them back. */
  readonly onFrame: (frame: Frame, bytes: number) => void;
  /** The stream cannot be understood any more, or a deadline passed: say so and end. */
  readonly onBroken: (error: GitisoError) => void;
  /**
   * The peer has closed its sending side: with lines it may still want its answers (`… | nc -U`). With headers
   * this is not called: nobody does it on purpose there, so the peer counts as gone.
   */
  readonly onEnd: () => void;
  /** Whether something is under way, so that silence is no reason to close. */
  readonly isBusy: () => boolean;
}

const maxQueuedBytes = 1024 * 1024;
const endGraceMs = 1000;

export function openConnection(
  socket: Socket,
  options: ConnectionOptions,
  createReceiver: (connection: Connection) => Receiver,
): Connection {
  const { limits, budget, rate } = options;
  const decoder = createFrameDecoder(limits);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  let isEnding = false;
  let isStream = false;
  let counted = 0;
  let frameTimer: NodeJS.Timeout | undefined;
  let throttle: NodeJS.Timeout | undefined;

  const connection: Connection = {
    send,
    end,
    destroy: () => socket.destroy(),
    becomeStream,
    closed: closing.signal,
  };
  const receiver = createReceiver(connection);

  function send(json: string, attachments: readonly Buffer[] = []): Promise<void> {
    const framing = decoder.framing();
    if (framing === null || socket.destroyed || socket.writableEnded) return Promise.resolve();
    return new Promise((resolve) => {
      socket.cork();
      for (const bytes of attachments) {
        socket.write(encodeAttachmentHeader(bytes));
        socket.write(bytes);
      }
      socket.write(encodeMessage(framing, json), () => resolve());
      socket.uncork();
    });
  }

  function end(): void {
    if (isEnding) return;
    isEnding = true;
    if (isStream) return void socket.destroy();
    clearTimers();
    const forced = setTimeout(() => socket.destroy(), endGraceMs);
    closing.signal.addEventListener('abort', () => clearTimeout(forced));
    // One that is still sending would fail at that, and never read what it was told, if its bytes were not taken.
    socket.off('data', onData).off('drain', pump).off('end', onPeerEnd);
    socket.on('end', () => socket.destroy()).resume();
    socket.end(() => {
      if (socket.readableEnded) socket.destroy();
    });
  }

  function becomeStream(): Duplex | null {
    const hasInput = decoder.heldBytes() > 0;
    if (isEnding || isStream || socket.destroyed || decoder.framing() !== 'headers' || hasInput) return null;
    isStream = true;
    clearTimers();
    socket.pause();
    socket.off('data', onData).off('drain', pump).off('end', onPeerEnd);
    return socket;
  }

  function onData(chunk: Buffer): void {
    decoder.push(chunk);
    pump();
  }

  /** Serves frames until there are no more, the caller is too fast, or it does not read its answers. */
  function pump(): void {
    let served = 0;
    while (!isEnding && !socket.destroyed) {
      if (throttle !== undefined || socket.writableLength > maxQueuedBytes) return suspend();
      const delayMs = rate.delayMs();
      if (delayMs > 0) return resumeAfter(delayMs);
      const frame = nextFrame();
      if (frame === null) break;
      served += 1;
      rate.take(frame.body.length);
      const bytes = sizeOf(frame);
      counted -= bytes;
      receiver.onFrame(frame, bytes);
    }
    if (!isEnding && !socket.destroyed) awaitMore(served > 0);
  }

  function nextFrame(): Frame | null {
    try {
      const frame = decoder.next();
      const held = decoder.heldBytes() + (frame === null ? 0 : sizeOf(frame));
      if (!budget.take(Math.max(0, held - counted))) {
        throw new GitisoError('limit-exceeded', 'all connections together hold too much input');
      }
      if (held < counted) budget.give(counted - held);
      counted = held;
      return frame;
    } catch (error) {
      receiver.onBroken(
        isGitisoError(error) ? error : new GitisoError('internal-error', 'a frame was not served'),
      );
      return null;
    }
  }

  /** A frame that began has a deadline of its own; one that arrives byte by byte does not prolong it. */
  function awaitMore(isNewFrame: boolean): void {
    if (isNewFrame || decoder.heldBytes() === 0) {
      clearTimeout(frameTimer);
      frameTimer = undefined;
    }
    if (decoder.heldBytes() > 0) frameTimer ??= setTimeout(onFrameTimeout, limits().frameTimeoutMs);
    socket.resume();
  }

  function onFrameTimeout(): void {
    receiver.onBroken(new GitisoError('timed-out', 'a frame was not completed in time'));
  }

  function suspend(): void {
    clearTimeout(frameTimer);
    frameTimer = undefined;
    socket.pause();
  }

  function resumeAfter(delayMs: number): void {
    suspend();
    throttle = setTimeout(() => {
      throttle = undefined;
      pump();
    }, delayMs);
  }

  /** Nothing was read or written for long. Unread answers mean that the peer hangs, whatever is under way. */
  function onSilence(): void {
    if (isStream || socket.writableLength > 0) socket.destroy();
    else if (receiver.isBusy()) socket.setTimeout(limits().idleTimeoutMs);
    else end();
  }

  function onPeerEnd(): void {
    if (decoder.framing() === 'lines') receiver.onEnd();
    else socket.destroy();
  }

  function clearTimers(): void {
    clearTimeout(frameTimer);
    clearTimeout(throttle);
  }

  socket.setTimeout(limits().idleTimeoutMs);
  socket.on('timeout', onSilence);
  socket.on('data', onData);
  socket.on('drain', pump);
  socket.on('end', onPeerEnd);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    clearTimers();
    budget.give(counted);
    counted = 0;
    closing.abort();
  });
  return connection;
}

function sizeOf(frame: Frame): number {
  return frame.attachments.reduce((sum, bytes) => sum + bytes.length, frame.body.length);
}
