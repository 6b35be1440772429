/**
 * Reads a pack without deltas in memory (git's gitformat-pack): enough for the packs of a few objects that agents send
 * with every commit. It believes nothing: sizes are bounded before anything is unpacked.
 */
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { assertOid, type Oid } from '../../shared/ids';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface PackedObject {
  readonly id: Oid;
  readonly type: ObjectType;
  readonly content: Buffer;
}

export interface PackLimits {
  /** Largest unpacked object. */
  readonly objectBytes: number;
  /** Of all unpacked objects together. */
  readonly totalBytes: number;
  readonly objects: number;
}

const types: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
const headerBytes = 12;
const trailerBytes = 20;

/** null: it has deltas, breaks a limit, or is not a pack; git itself is to judge it then. */
export function parsePlainPack(pack: Buffer, limits: PackLimits): readonly PackedObject[] | null {
  if (pack.length < headerBytes + trailerBytes || pack.toString('latin1', 0, 4) !== 'PACK') return null;
  const count = pack.readUInt32BE(8);
  if (pack.readUInt32BE(4) !== 2 || count > limits.objects) return null;
  const end = pack.length - trailerBytes;
  const objects: PackedObject[] = [];
  let at = headerBytes;
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const header = readHeader(pack, at, end);
    total += header?.size ?? 0;
    if (header === null || header.size > limits.objectBytes || total > limits.totalBytes) return null;
    const unpacked = unpack(pack.subarray(header.end, end), header.size);
    if (unpacked === null) return null;
    objects.push({ id: idOf(header.type, unpacked.content), type: header.type, content: unpacked.content });
    at = header.end + unpacked.consumed;
  }
  return at === end ? objects : null;
}

/** Type in bits 4–6 of the first byte, size in 4 bits, then 7 bits per byte while bit 7 is set. */
function readHeader(
  pack: Buffer,
  start: number,
  end: number,
): { readonly type: ObjectType; readonly size: number; readonly end: number } | null {
  let at = start;
  let byte = pack[at] ?? 0;
  const type = types[(byte >> 4) & 7];
  let size = byte & 15;
  for (let factor = 16; byte >= 128; factor *= 128) {
    at += 1;
    if (at >= end || factor > 2 ** 46) return null;
    byte = pack[at] ?? 0;
    size += (byte & 127) * factor;
  }
  return type === undefined ? null : { type, size, end: at + 1 };
}

function unpack(data: Buffer, size: number): { readonly content: Buffer; readonly consumed: number } | null {
  try {
    // The types do not know what `info` adds: the engine, which counts what it has read.
    const { buffer, engine } = inflateSync(data, {
      info: true,
      maxOutputLength: Math.max(size, 1),
    }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return buffer.length === size ? { content: buffer, consumed: engine.bytesWritten } : null;
  } catch {
    return null;
  }
}

function idOf(type: ObjectType, content: Buffer): Oid {
  const hash = createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content);
  return assertOid(hash.digest('hex'));
}
