/** Objects made byte by byte, well-formed or not: as loose files, and together as a pack for git to judge. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { ObjectType } from '../../../../daemon/git/parse-plain-pack';
import type { Oid } from '../../../../shared/ids';

export interface RawObject {
  readonly id: Oid;
  readonly type: ObjectType;
  readonly content: Buffer;
  /** The loose file. */
  readonly bytes: Buffer;
}

export interface Entry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

export function rawObject(type: ObjectType, text: string | Buffer): RawObject {
  const content = Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1');
  const whole = Buffer.concat([Buffer.from(`${type} ${String(content.length)}\0`), content]);
  const id = createHash('sha1').update(whole).digest('hex') as Oid;
  return { id, type, content, bytes: deflateSync(whole) };
}

/** The entries as they are given: order, names and modes are the caller's. */
export function rawTree(entries: readonly Entry[]): RawObject {
  return rawObject(
    'tree',
    Buffer.concat(
      entries.flatMap(({ mode, name, id }) => [
        Buffer.from(`${mode} ${name}\0`, 'latin1'),
        Buffer.from(id, 'hex'),
      ]),
    ),
  );
}

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** gitformat-pack, without deltas. */
export function packOf(objects: readonly RawObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([
    header,
    ...objects.flatMap(({ type, content }) => [
      entryHeader(typeNumbers[type], content.length),
      deflateSync(content),
    ]),
  ]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}
