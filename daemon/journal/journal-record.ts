/**
 * One record of the journal in bytes: magic, sequence number, lengths, CRC-32, a JSON body and the blobs it refers to.
 * Reading stops at the first place that is not a whole, valid record in sequence: the end, or a write cut short.
 */
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export interface JournalRecord {
  readonly seq: number;
  readonly body: unknown;
  readonly blobs: readonly Buffer[];
}

const magic = 0x6769_6a31; // "gij1": the version of the format
const headerBytes = 4 + 8 + 4 + 4 + 4;

/** Layout, big endian: magic u32, seq u64, JSON bytes u32, number of blobs u32, CRC u32, JSON, then per blob length u32 + bytes. */
export function encodeRecord(seq: number, body: unknown, blobs: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(body), 'utf8');
  const total = headerBytes + json.length + blobs.reduce((sum, blob) => sum + 4 + blob.length, 0);
  const record = Buffer.allocUnsafe(total);
  record.writeUInt32BE(magic, 0);
  record.writeBigUInt64BE(BigInt(seq), 4);
  record.writeUInt32BE(json.length, 12);
  record.writeUInt32BE(blobs.length, 16);
  let at = headerBytes + json.copy(record, headerBytes);
  for (const blob of blobs) {
    at = record.writeUInt32BE(blob.length, at);
    at += blob.copy(record, at);
  }
  record.writeUInt32BE(checksum(record, total), 20);
  return record;
}

/** All valid records of a segment; `after` is the sequence number that the first one must exceed. */
export async function readRecords(path: string, after: number | null): Promise<readonly JournalRecord[]> {
  return decodeRecords(await readFile(path), after);
}

/** The same of bytes in memory. */
export function decodeRecords(data: Buffer, after: number | null): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  let last = after;
  let at = 0;
  for (;;) {
    const next = decodeRecord(data.subarray(at));
    if (next === null || (last !== null && next.record.seq <= last)) return records;
    records.push(next.record);
    last = next.record.seq;
    at += next.length;
  }
}

function decodeRecord(data: Buffer): { readonly record: JournalRecord; readonly length: number } | null {
  if (data.length < headerBytes || data.readUInt32BE(0) !== magic) return null;
  const jsonBytes = data.readUInt32BE(12);
  const count = data.readUInt32BE(16);
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
  if (at > data.length || checksum(data, at) !== data.readUInt32BE(20)) return null;
  const body: unknown = JSON.parse(data.toString('utf8', headerBytes, headerBytes + jsonBytes));
  return { record: { seq: Number(data.readBigUInt64BE(4)), body, blobs }, length: at };
}

/** Over the header without the checksum field, then the rest. */
function checksum(record: Buffer, end: number): number {
  return crc32(record.subarray(headerBytes, end), crc32(record.subarray(0, 20)));
}
