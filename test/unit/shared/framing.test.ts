import {
  createFrameDecoder,
  encodeAttachmentHeader,
  encodeMessage,
  type Frame,
  type FrameDecoder,
} from '../../../shared/framing';
import { errorWith } from '../../helpers/error-with';

const limits = { frameBytes: 1000, attachmentBytes: 2000, attachmentCount: 3 };
const decode = () => createFrameDecoder(() => limits);

function framesOf(decoder: FrameDecoder): readonly Frame[] {
  const frames: Frame[] = [];
  for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
  return frames;
}

const text = (frames: readonly Frame[]) =>
  frames.map(({ body, attachments }) => [String(body), ...attachments.map(String)]);

/** Three messages with attachments of one framing, as they go over the wire. */
function conversation(framing: 'lines' | 'headers'): { bytes: Buffer; expected: string[][] } {
  const first = '{"a":"ä\\n"}';
  const attachment = Buffer.from('raw\r\n\r\nbytes {');
  if (framing === 'lines')
    return { bytes: Buffer.from(`${first}\n\n\r\n[1]\r\n`), expected: [[first], ['[1]\r']] };
  const withAttachments = [
    encodeAttachmentHeader(attachment),
    String(attachment),
    encodeAttachmentHeader(Buffer.alloc(0)),
    encodeMessage('headers', '[2]'),
  ].join('');
  return {
    bytes: Buffer.from(encodeMessage('headers', first) + withAttachments + encodeMessage('headers', '3')),
    expected: [[first], ['[2]', String(attachment), ''], ['3']],
  };
}

describe.each(['lines', 'headers'] as const)('frames as %s', (framing) => {
  const { bytes, expected } = conversation(framing);

  test('come out the same wherever the stream is cut', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const decoder = decode();
      const frames: Frame[] = [];
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        decoder.push(part);
        frames.push(...framesOf(decoder));
      }
      expect(text(frames)).toEqual(expected);
      expect(decoder.heldBytes()).toBe(0);
    }
  });

  test('come out the same byte by byte', () => {
    const decoder = decode();
    const frames: Frame[] = [];
    for (const byte of bytes) {
      decoder.push(Buffer.of(byte));
      frames.push(...framesOf(decoder));
    }
    expect(text(frames)).toEqual(expected);
  });

  test('are not changed by what comes after them', () => {
    const decoder = decode();
    const frames: Frame[] = [];
    for (let offset = 0; offset < bytes.length; offset += 3) {
      decoder.push(Buffer.from(bytes.subarray(offset, offset + 3)));
      frames.push(...framesOf(decoder));
    }
    decoder.push(Buffer.from('#'.repeat(900)));
    expect(text(frames)).toEqual(expected);
  });

  test('of exactly the limit pass, of one byte more do not', () => {
    const body = `"${'x'.repeat(998)}"`;
    const prefix = framing === 'lines' ? '{}\n' : encodeMessage('headers', '{}');
    const accepted = decode();
    accepted.push(Buffer.from(prefix + encodeMessage(framing, body)));
    expect(framesOf(accepted)).toHaveLength(2);
    const refused = decode();
    refused.push(Buffer.from(prefix + encodeMessage(framing, `${body} `)));
    expect(() => framesOf(refused)).toThrow(errorWith('limit-exceeded'));
  });
});

test('the first byte decides the framing', () => {
  for (const [first, framing] of [
    ['{', 'lines'],
    ['[', 'lines'],
    ['C', 'headers'],
  ] as const) {
    const decoder = decode();
    expect(decoder.framing()).toBeNull();
    decoder.push(Buffer.from(first));
    expect(decoder.next()).toBeNull();
    expect(decoder.framing()).toBe(framing);
  }
  for (const first of ['\ufeff', ' ', '\0', 'c', 'G', '\n']) {
    const decoder = decode();
    decoder.push(Buffer.from(first));
    expect(() => decoder.next()).toThrow(errorWith('parse-error'));
  }
});

test('a promised length takes no memory before its bytes come', () => {
  const decoder = createFrameDecoder(() => ({ ...limits, frameBytes: 2 ** 40 }));
  decoder.push(Buffer.from(`Content-Length: ${2 ** 39}\r\n\r\nx`));
  expect(decoder.next()).toBeNull();
  expect(decoder.heldBytes()).toBe(1);
});

test('attachments count together until their message comes', () => {
  const attachment = Buffer.alloc(900);
  const one = encodeAttachmentHeader(attachment) + String(attachment);
  const decoder = decode();
  decoder.push(Buffer.from(one + one));
  expect(decoder.next()).toBeNull();
  expect(decoder.heldBytes()).toBe(1800);
  decoder.push(Buffer.from(encodeMessage('headers', '{}') + one + one));
  expect(framesOf(decoder)).toHaveLength(1);
  decoder.push(Buffer.from(one));
  expect(() => framesOf(decoder)).toThrow(errorWith('limit-exceeded'));
});

test.each([
  [
    'names in any case and other fields',
    'CONTENT-length:3\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\nX-Y: z\r\n\r\n',
  ],
  [
    'the old name of the charset',
    'Content-Length: 3\r\nContent-Type: application/json; charset=utf8\r\n\r\n',
  ],
])('headers may have %s', (_name, header) => {
  const decoder = createFrameDecoder(() => limits, 'headers');
  decoder.push(Buffer.from(`${header}[1]`));
  expect(text(framesOf(decoder))).toEqual([['[1]']]);
});
