/** A small pack with a delta that unfolds to several gigabytes (threats: OB-19). */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const baseBytes = 16 * 1024 * 1024 - 1;
const copies = 384;

/** A base of zeros and, as its delta, the base copied until there are 6 GB. */
export function deltaBomb(): Buffer {
  const base = Buffer.concat([objectHeader(3, baseBytes), deflateSync(Buffer.alloc(baseBytes))]);
  const delta = Buffer.concat([
    ...[varint(baseBytes), varint(baseBytes * copies)],
    // Copy from offset 0, a size of three bytes.
    ...Array.from({ length: copies }, () => Buffer.from([0x80 | 0x70, 0xff, 0xff, 0xff])),
  ]);
  const bomb = Buffer.concat([...[objectHeader(6, delta.length), offsetOf(base.length), deflateSync(delta)]]);
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\x02', 'latin1');
  const body = Buffer.concat([header, base, bomb]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** Type and size as in gitformat-pack(5). */
function objectHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

function varint(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** How far back the base is. */
function offsetOf(distance: number): Buffer {
  const bytes = [distance & 127];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift(0x80 | (rest & 127));
  }
  return Buffer.from(bytes);
}
