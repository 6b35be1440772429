/** Frames in both framings: how the bytes are cut into chunks must not matter, and nothing is held beyond the limits. */
import { isGitisoError } from '../../../shared/errors';
import { createFrameDecoder } from '../../../shared/framing';
import { must, type FuzzTarget } from '../harness/target';

const limits = { frameBytes: 200, attachmentBytes: 300, attachmentCount: 3 };
const headerBytes = 1024;

export const frames: FuzzTarget = {
  name: 'frames',
  seeds: [
    '\x00{"a":1}\n\n{"b":2}\r\n',
    '\x03Content-Length: 2\r\n\r\n{}Content-Length: 7\r\n\r\n{"a":1}',
    '\x07Content-Length: 3\r\nContent-Type: application/octet-stream\r\n\r\nabcContent-Length: 2\r\n\r\n{}',
  ],
  words: [
    'Content-Length: ',
    'Content-Type: ',
    'application/octet-stream',
    '\r\n\r\n',
    '\r\n',
    '\n',
    'charset=utf-8',
  ],
  run: (input) => {
    const step = (input[0] ?? 0) % 17;
    const stream = input.subarray(1);
    const whole = decode([Buffer.from(stream)]);
    const cut = decode(chunksOf(stream, step + 1));
    must(
      whole.join('|') === cut.join('|'),
      `frames do not depend on chunks: ${whole.join('|')} / ${cut.join('|')}`,
    );
  },
};

function chunksOf(stream: Buffer, length: number): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; at += length)
    chunks.push(Buffer.from(stream.subarray(at, at + length)));
  return chunks;
}

/** The frames, then the error's code if there is one. */
function decode(chunks: readonly Buffer[]): readonly string[] {
  const decoder = createFrameDecoder(() => limits);
  const seen: string[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
        must(frame.body.length <= limits.frameBytes, 'a frame is within its limit');
        must(frame.attachments.length <= limits.attachmentCount, 'attachments are counted');
        seen.push([frame.body, ...frame.attachments].map((bytes) => bytes.toString('hex')).join(','));
      }
      const most = limits.frameBytes + limits.attachmentBytes + headerBytes + 1;
      must(decoder.heldBytes() <= most, 'what is held is bounded');
    }
  } catch (error) {
    if (!isGitisoError(error)) throw error;
    must(error.code === 'parse-error' || error.code === 'limit-exceeded', `a code of framing: ${error.code}`);
    seen.push(error.code);
  }
  return seen;
}
