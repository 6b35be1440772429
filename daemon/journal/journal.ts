/**
 * The journal: what was accepted, durable before it is done. One record per ref move; concurrent appends share one
 * sync (group commit). It never interprets records; see docs/journal.md for the format.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../git/sync-loose-object';
import { encodeRecord, readRecords, type JournalRecord } from './journal-record';

export interface JournalOptions {
  readonly directory: string;
  /** Size of a segment, zero-filled ahead: overwriting synced zeros needs no metadata sync. */
  readonly segmentBytes: number;
}

export interface Journal {
  /** Durable when it resolves. The sequence number is given at once, in call order. */
  readonly append: (
    body: unknown,
    blobs?: readonly Buffer[],
  ) => { readonly seq: number; readonly durable: Promise<void> };
  /** The record of this number needs no more work after a crash. */
  readonly settled: (seq: number) => void;
  /** Records of all segments, oldest first, as found at start. */
  readonly recovered: readonly JournalRecord[];
  /** Calls `makeDurable`, then drops all segments whose records are settled. */
  readonly checkpoint: (makeDurable: () => Promise<void>) => Promise<void>;
  /** Bytes appended since the last checkpoint. */
  readonly pendingBytes: () => number;
  readonly close: () => Promise<void>;
}

interface Segment {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
  offset: number;
  readonly open: Set<number>;
}

interface Waiting {
  readonly seq: number;
  readonly data: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const suffix = '.journal';

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const names = (await readdir(options.directory)).filter((name) => name.endsWith(suffix)).sort();
  const recovered: JournalRecord[] = [];
  for (const name of names)
    recovered.push(...(await readRecords(join(options.directory, name), recovered.at(-1)?.seq ?? null)));
  const old = names.map((name) => join(options.directory, name));

  let seq = recovered.at(-1)?.seq ?? lastNumber(names);
  let current = await createSegment(options, seq + 1, options.segmentBytes);
  const full: Segment[] = [];
  let queue: Waiting[] = [];
  let isWriting = false;
  let appendedBytes = 0;
  let failure: unknown = null;

  async function write(): Promise<void> {
    isWriting = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        if (failure !== null) throw failure;
        await writeBatch(batch);
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    isWriting = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const data =
      batch.length === 1 && batch[0] ? batch[0].data : Buffer.concat(batch.map((waiting) => waiting.data));
    if (current.offset + data.length > current.size) {
      const first = batch[0];
      const next = await createSegment(
        options,
        first?.seq ?? seq,
        Math.max(options.segmentBytes, data.length),
      );
      full.push(current);
      current = next;
    }
    for (const waiting of batch) current.open.add(waiting.seq);
    const at = current.offset;
    try {
      await current.handle.write(data, 0, data.length, at);
      await current.handle.datasync();
    } catch (error) {
      // What reached the disk is unknown: overwrite it, so that nobody reads a record that was refused.
      await current.handle
        .write(Buffer.alloc(data.length), 0, data.length, at)
        .catch((again: unknown) => (failure = again));
      for (const waiting of batch) current.open.delete(waiting.seq);
      throw error;
    }
    current.offset += data.length;
    appendedBytes += data.length;
  }

  return {
    recovered,
    append: (body, blobs = []) => {
      seq += 1;
      const own = seq;
      const data = encodeRecord(own, body, blobs);
      const durable = new Promise<void>((resolve, reject) => queue.push({ seq: own, data, resolve, reject }));
      if (!isWriting) void write();
      return { seq: own, durable };
    },
    settled: (done) => {
      current.open.delete(done);
      for (const segment of full) segment.open.delete(done);
    },
    pendingBytes: () => appendedBytes,
    checkpoint: async (makeDurable) => {
      if (current.offset > 0 && current.open.size === 0 && queue.length === 0 && !isWriting) {
        const next = await createSegment(options, seq + 1, options.segmentBytes);
        // An append may have come while the segment was made; then the old one stays current.
        if (current.open.size === 0 && queue.length === 0 && !isWriting) {
          full.push(current);
          current = next;
        } else {
          await dropSegment(next);
        }
      }
      const done = full.filter((segment) => segment.open.size === 0);
      await makeDurable();
      appendedBytes = 0;
      for (const segment of done) {
        full.splice(full.indexOf(segment), 1);
        await dropSegment(segment);
      }
      for (const path of old.splice(0)) await unlink(path);
    },
    close: async () => {
      for (const segment of [...full, current]) await segment.handle.close();
    },
  };
}

async function createSegment(options: JournalOptions, firstSeq: number, size: number): Promise<Segment> {
  const path = join(
    options.directory,
    `${String(firstSeq).padStart(16, '0')}-${randomBytes(4).toString('hex')}${suffix}`,
  );
  const handle = await open(path, 'wx+', 0o600);
  await handle.write(Buffer.alloc(size), 0, size, 0);
  await handle.sync();
  await syncPath(options.directory);
  return { path, handle, size, offset: 0, open: new Set() };
}

async function dropSegment(segment: Segment): Promise<void> {
  await segment.handle.close();
  await unlink(segment.path);
}

function lastNumber(names: readonly string[]): number {
  const last = names.at(-1);
  return last === undefined ? 0 : Math.max(0, Number(last.slice(0, 16)) - 1);
}
