import { createOutputSplitter } from '../../../../daemon/runtime/output-frames';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const message = Buffer.concat([frame(1, 'out'), frame(2, 'error'), frame(1, ''), frame(0, 'more')]);

test.each([1, 2, 3, 7, 8, 9, 100])(
  'output cut into pieces of %i bytes is told apart all the same',
  (length) => {
    const split = createOutputSplitter();
    const text = { stdout: '', stderr: '' };
    for (let at = 0; at < message.length; at += length) {
      for (const piece of split(message.subarray(at, at + length)))
        text[piece.stream] += piece.data.toString();
    }
    expect(text).toEqual({ stdout: 'outmore', stderr: 'error' });
  },
);

test('bytes that are not in the format of the engine are refused', () => {
  expect(() => createOutputSplitter()(frame(7, 'x'))).toThrow('unknown stream 7');
});
