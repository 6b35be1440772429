/** One file of the journal: zero-filled and synced when it is made, so that an append changes no metadata. */
import { randomBytes } from 'node:crypto';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from '../durable-file';

export interface Segment {
  path: string;
  readonly handle: FileHandle;
  readonly size: number;
  /** Part of the checksum of its records; see `sealRecord`. */
  readonly secret: number;
  /** Where the next record goes. */
  offset: number;
  /** Records that still need work after a crash. */
  readonly open: Set<number>;
  /** Never to be dropped in this run: whether what it describes is durable is unknown. */
  isKept: boolean;
}

export const segmentSuffix = '.journal';

/** `firstSeq`: no record of an earlier segment has this number or a higher one. */
export async function createSegment(directory: string, firstSeq: number, size: number): Promise<Segment> {
  const name = segmentName(firstSeq, randomBytes(4).toString('hex'));
  const path = join(directory, name);
  const handle = await open(path, 'wx+', 0o600);
  try {
    await writeFully(handle, Buffer.alloc(size), 0);
    await handle.sync();
    await syncDirectory(directory);
  } catch (error) {
    await handle.close();
    await unlink(path);
    throw error;
  }
  return { path, handle, size, secret: secretOf(name), offset: 0, open: new Set(), isKept: false };
}

/** Gives a segment that was made ahead the number of its first record. */
export async function renumberSegment(segment: Segment, firstSeq: number): Promise<void> {
  const path = join(dirname(segment.path), segmentName(firstSeq, basename(segment.path).slice(17, 25)));
  await rename(segment.path, path);
  segment.path = path;
  await syncDirectory(dirname(path));
}

function segmentName(firstSeq: number, random: string): string {
  return `${String(firstSeq).padStart(16, '0')}-${random}${segmentSuffix}`;
}

export async function dropSegment(segment: Segment): Promise<void> {
  await segment.handle.close();
  await unlink(segment.path);
}

/** Puts a segment of an earlier run aside: its records will not be read again, but nothing is thrown away. */
export async function putAside(path: string): Promise<void> {
  await rename(path, `${path}.kept`);
}

/** The lowest number a record of the segment of this name may have. */
export function firstSeqOf(name: string): number {
  return Number(name.slice(0, 16));
}

/** The random part of a segment's name, as a number. */
export function secretOf(name: string): number {
  return parseInt(name.slice(17, 25), 16) >>> 0;
}

/** A write may be cut short without an error when the disk is almost full. */
export async function writeFully(handle: FileHandle, data: Buffer, at: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, at + done);
    if (bytesWritten === 0) throw new Error('nothing could be written');
    done += bytesWritten;
  }
}
