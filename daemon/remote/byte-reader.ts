/** Reads a stream in pieces of wanted sizes: nothing is read ahead of what is asked for but what the stream itself buffers. */
import type { Duplex } from 'node:stream';

export interface ByteReader {
  /** Exactly so many bytes (at most 64 KiB); null: the stream ended before. */
  readonly exactly: (length: number) => Promise<Buffer | null>;
  /** Whatever is there, at least one byte; null: the stream has ended. */
  readonly some: () => Promise<Buffer | null>;
  /** Gives the stream free; what still comes is dropped. */
  readonly release: () => void;
}

export function createByteReader(stream: Duplex): ByteReader {
  let isOver = stream.destroyed || stream.readableEnded;
  let wake: () => void = () => undefined;
  const onMore = () => wake();
  const onOver = () => {
    isOver = true;
    wake();
  };
  stream.on('readable', onMore).on('end', onOver).on('close', onOver).on('error', onOver);

  async function read(length?: number): Promise<Buffer | null> {
    for (;;) {
      const chunk = stream.read(length) as Buffer | null;
      if (chunk !== null) return length === undefined || chunk.length === length ? chunk : null;
      if (isOver) return null;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    exactly: (length) => (length === 0 ? Promise.resolve(Buffer.alloc(0)) : read(length)),
    some: () => read(),
    release: () => {
      stream.off('readable', onMore).off('end', onOver).off('close', onOver).off('error', onOver);
      stream.on('error', () => undefined);
      stream.resume();
    },
  };
}
