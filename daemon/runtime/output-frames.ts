/**
 * Splits the Docker Engine's multiplexed output (8 bytes of header: stream, three zeros, length big-endian; then
 * the payload) into its two streams. It never holds back or joins data: payload is passed on as it arrives.
 */
export type OutputStream = 'stdout' | 'stderr';

export type OutputSplitter = (
  chunk: Buffer,
) => readonly { readonly stream: OutputStream; readonly data: Buffer }[];

const headerLength = 8;

/** One splitter per connection; throws when the bytes are not in the engine's format. */
export function createOutputSplitter(): OutputSplitter {
  let header = Buffer.alloc(0);
  let stream: OutputStream = 'stdout';
  let remaining = 0;
  return (chunk) => {
    const pieces: { stream: OutputStream; data: Buffer }[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (remaining > 0) {
        const data = chunk.subarray(offset, offset + remaining);
        pieces.push({ stream, data });
        remaining -= data.length;
        offset += data.length;
        continue;
      }
      const part = chunk.subarray(offset, offset + headerLength - header.length);
      header = Buffer.concat([header, part]);
      offset += part.length;
      if (header.length < headerLength) break;
      stream = streamOf(header);
      remaining = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return pieces;
  };
}

function streamOf(header: Buffer): OutputStream {
  if (header[0] === 0 || header[0] === 1) return 'stdout';
  if (header[0] === 2) return 'stderr';
  throw new Error(`unknown stream ${header[0]} in the engine's output`);
}
