/**
 * One record of the journal in bytes: magic, sequence numbers, lengths, CRC-32, a JSON body and the blobs it refers to.
 * Reading tells a write cut short, which is the end, from damage in the middle of what was durable.
 */
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export interface JournalRecord {
  readonly seq: number;
  readonly body: unknown;
  readonly blobs: readonly Buffer[];
}

const magic = 0x6769_6a32; // "gij2": the version of the format
const olderMagic = Buffer.from('gij1', 'latin1');
const magicBytes = Buffer.from('gij2', 'latin1');
const headerBytes = 4 + 8 + 8 + 4 + 4 + 4;
const checksumAt = headerBytes - 4;

/**
 * Layout, big endian: magic u32, seq u64, durable u64, JSON bytes u32, number of blobs u32, CRC u32, JSON, then per blob
 * length u32 + bytes. `durable`: the newest record that was on disk when this one was made. Without its checksum.
 */
export function encodeRecord(seq: number, durable: number, body: unknown, blobs: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(body), 'utf8');
  const total = headerBytes + json.length + blobs.reduce((sum, blob) => sum + 4 + blob.length, 0);
  const record = Buffer.allocUnsafe(total);
  record.writeUInt32BE(magic, 0);
  record.writeBigUInt64BE(BigInt(seq), 4);
  record.writeBigUInt64BE(BigInt(durable), 12);
  record.writeUInt32BE(json.length, 20);
  record.writeUInt32BE(blobs.length, 24);
  let at = headerBytes + json.copy(record, headerBytes);
  for (const blob of blobs) {
    at = record.writeUInt32BE(blob.length, at);
    at += blob.copy(record, at);
  }
  return record;
}

/**
 * Completes a record for the segment it is written to. The segment's secret is in the checksum, so that bytes an agent
 * sent never pass for a record of their own.
 */
export function sealRecord(record: Buffer, secret: number): void {
  record.writeUInt32BE(checksum(record, record.length, secret), checksumAt);
}

export interface ReadRecord extends JournalRecord {
  readonly durable: number;
}

export interface SegmentContent {
  readonly records: readonly ReadRecord[];
  /** Valid records that lie behind a place that is none: a batch that was not synced in whole, or damage. */
  readonly behindGap: readonly ReadRecord[];
  /** Where the first thing lies that is neither a record nor zero; null: nothing does. */
  readonly gapAt: number | null;
  readonly bytes: number;
  /** Whether an older version of gitiso wrote it, whose records are not read. */
  readonly isOlder: boolean;
}

/** Everything that can be read of a segment. `secret` is that of its name. */
export async function readSegment(path: string, secret: number): Promise<SegmentContent> {
  return decodeSegment(await readFile(path), secret);
}

/** The same of bytes in memory. */
export function decodeSegment(data: Buffer, secret: number): SegmentContent {
  const isOlder = data.subarray(0, 4).equals(olderMagic);
  const records = recordsFrom(data, 0, secret);
  const end = records.reduce((sum, { length }) => sum + length, 0);
  const gapAt = firstNonZero(data, end);
  const behindGap: ReadRecord[] = [];
  for (let at = gapAt; at !== null && at >= 0; at = data.indexOf(magicBytes, at)) {
    const found = decodeRecord(data.subarray(at), secret);
    if (found !== null) behindGap.push(found.record);
    at += found?.length ?? 1;
  }
  return { records: records.map(({ record }) => record), behindGap, gapAt, bytes: data.length, isOlder };
}

interface Decoded {
  readonly record: ReadRecord;
  readonly length: number;
}

function recordsFrom(data: Buffer, start: number, secret: number): readonly Decoded[] {
  const decoded: Decoded[] = [];
  for (let at = start; ;) {
    const next = decodeRecord(data.subarray(at), secret);
    if (next === null || next.record.seq <= (decoded.at(-1)?.record.seq ?? 0)) return decoded;
    decoded.push(next);
    at += next.length;
  }
}

function firstNonZero(data: Buffer, from: number): number | null {
  const zeros = Buffer.alloc(65_536);
  for (let at = from; at < data.length; at += zeros.length) {
    const piece = data.subarray(at, at + zeros.length);
    if (!piece.equals(zeros.subarray(0, piece.length))) return at + piece.findIndex((byte) => byte !== 0);
  }
  return null;
}

function decodeRecord(data: Buffer, secret: number): Decoded | null {
  if (data.length < headerBytes || data.readUInt32BE(0) !== magic) return null;
  const jsonBytes = data.readUInt32BE(20);
  const count = data.readUInt32BE(24);
  let at = headerBytes + jsonBytes;
  const blobs: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > data.length) return null;
    const length = data.readUInt32BE(at);
    at += 4;
    if (at + length > data.length) return null;
    blobs.push(data.subarray(at, at + length));
    at += length;
  }
  if (at > data.length || checksum(data, at, secret) !== data.readUInt32BE(checksumAt)) return null;
  const body: unknown = JSON.parse(data.toString('utf8', headerBytes, headerBytes + jsonBytes));
  const seq = Number(data.readBigUInt64BE(4));
  return { record: { seq, durable: Number(data.readBigUInt64BE(12)), body, blobs }, length: at };
}

/** Over the header without the checksum field, then the rest. */
function checksum(record: Buffer, end: number, secret: number): number {
  return crc32(record.subarray(headerBytes, end), crc32(record.subarray(0, checksumAt), secret));
}
