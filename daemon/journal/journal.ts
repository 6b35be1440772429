/**
 * The journal: what was accepted, durable before it is done. One record per ref move; concurrent appends share one
 * sync (group commit). It never interprets records; see docs/journal.md for the format.
 */
import { unlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { crashPoint } from '../crash-points';
import { encodeRecord, sealRecord, type JournalRecord } from './journal-record';
import { journalDamaged, readJournal } from './read-journal';
import {
  createSegment,
  dropSegment,
  firstSeqOf,
  putAside,
  renumberSegment,
  writeFully,
  type Segment,
} from './segment';

export interface JournalOptions {
  readonly directory: string;
  readonly segmentBytes: number;
}

export interface Journal {
  /** The sequence number is given at once, in call order; `durable` resolves when the record is on disk. */
  readonly append: (
    body: unknown,
    blobs?: readonly Buffer[],
  ) => { readonly seq: number; readonly durable: Promise<void> };
  /** The record of this number needs no more work after a crash. */
  readonly settled: (seq: number) => void;
  /** Records of all segments, oldest first, as found at start. */
  readonly recovered: readonly JournalRecord[];
  /** The segments found at start are put aside at the next checkpoint instead of deleted. */
  readonly keepRecovered: () => void;
  /**
   * Calls `makeDurable`, then drops the oldest segments up to the first with an open record. When it throws, what
   * there is now stays until the next start: a sync that failed once can not be repeated.
   */
  readonly checkpoint: (makeDurable: () => Promise<void>) => Promise<void>;
  /** Bytes appended since the last checkpoint. */
  readonly pendingBytes: () => number;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly seq: number;
  readonly data: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Throws 'state-damaged' when something that was durable can not be read. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, segmentBytes } = options;
  const { paths, records: recovered, damage } = await readJournal(directory, segmentBytes);
  if (damage !== null) throw journalDamaged(damage);
  let old = [...paths];
  let isOldKept = false;

  let seq = Math.max(0, recovered.at(-1)?.seq ?? 0, ...paths.map((path) => firstSeqOf(basename(path)) - 1));
  let durableSeq = recovered.at(-1)?.seq ?? 0;
  let current = await createSegment(directory, seq + 1, segmentBytes);
  let spare: Promise<Segment> | null = null;
  const full: Segment[] = [];
  let queue: Waiting[] = [];
  let isWriting = false;
  let appendedBytes = 0;
  /** Bytes at the end of the current segment that may hold a record that was refused. */
  let unknownBytes = 0;

  async function write(): Promise<void> {
    isWriting = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        if (unknownBytes > 0) await wipe();
        await writeBatch(batch);
        durableSeq = batch.at(-1)?.seq ?? durableSeq;
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    isWriting = false;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const bytes = batch.reduce((sum, one) => sum + one.data.length, 0);
    if (current.offset + bytes > current.size) await advance(bytes, batch[0]?.seq ?? seq);
    const segment = current;
    for (const waiting of batch) sealRecord(waiting.data, segment.secret);
    const data = batch.length === 1 && batch[0] ? batch[0].data : Buffer.concat(batch.map((one) => one.data));
    for (const waiting of batch) segment.open.add(waiting.seq);
    try {
      await writeFully(segment.handle, data, segment.offset);
      crashPoint('journal:written');
      await segment.handle.datasync();
      crashPoint('journal:synced');
    } catch (error) {
      for (const waiting of batch) segment.open.delete(waiting.seq);
      unknownBytes = Math.max(unknownBytes, data.length);
      await wipe().catch(() => undefined);
      throw error;
    }
    segment.offset += data.length;
    appendedBytes += data.length;
    if (segment.offset > segment.size / 2) prepareSpare();
  }

  /** What reached the disk is unknown: nobody may read a record that was refused, so nothing goes on before this. */
  async function wipe(): Promise<void> {
    const length = Math.min(unknownBytes, current.size - current.offset);
    await writeFully(current.handle, Buffer.alloc(length), current.offset);
    await current.handle.datasync();
    unknownBytes = 0;
  }

  async function advance(bytes: number, firstSeq: number): Promise<void> {
    const prepared = bytes <= segmentBytes ? await takeSpare() : null;
    if (prepared !== null) await renumberSegment(prepared, firstSeq);
    const next = prepared ?? (await createSegment(directory, firstSeq, Math.max(segmentBytes, bytes)));
    crashPoint('journal:segment-made');
    full.push(current);
    current = next;
  }

  /** Made ahead, so that no commit waits for a new segment. */
  function prepareSpare(): void {
    if (spare !== null) return;
    spare = createSegment(directory, seq + 1, segmentBytes);
    spare.catch(() => (spare = null));
  }

  async function takeSpare(): Promise<Segment | null> {
    const prepared = await spare?.catch(() => null);
    spare = null;
    return prepared ?? null;
  }

  function isQuiet(): boolean {
    return current.open.size === 0 && queue.length === 0 && !isWriting;
  }

  /** A quiet current segment is finished too, so that an idle daemon has an empty journal. */
  async function finishCurrent(): Promise<void> {
    if (current.offset === 0 || unknownBytes > 0 || !isQuiet()) return;
    const next = await createSegment(directory, seq + 1, segmentBytes);
    // An append may have come while the segment was made; then the old one stays current.
    if (isQuiet()) {
      full.push(current);
      current = next;
    } else {
      await dropSegment(next);
    }
  }

  return {
    recovered,
    append: (body, blobs = []) => {
      seq += 1;
      const own = seq;
      const data = encodeRecord(own, durableSeq, body, blobs);
      const durable = new Promise<void>((resolve, reject) => queue.push({ seq: own, data, resolve, reject }));
      if (!isWriting) void write();
      return { seq: own, durable };
    },
    settled: (done) => {
      current.open.delete(done);
      for (const segment of full) segment.open.delete(done);
    },
    keepRecovered: () => (isOldKept = true),
    pendingBytes: () => appendedBytes,
    checkpoint: async (makeDurable) => {
      crashPoint('checkpoint:started');
      await finishCurrent();
      const firstOpen = full.findIndex((segment) => segment.open.size > 0 || segment.isKept);
      const done = firstOpen < 0 ? [...full] : full.slice(0, firstOpen);
      const covered = appendedBytes;
      try {
        await makeDurable();
      } catch (error) {
        for (const segment of full) segment.isKept = true;
        current.isKept = true;
        throw error;
      }
      appendedBytes -= covered;
      crashPoint('checkpoint:durable');
      for (const path of old) await (isOldKept ? putAside(path) : unlink(path));
      old = [];
      for (const segment of done) {
        full.shift();
        await dropSegment(segment);
        crashPoint('checkpoint:dropping');
      }
    },
    close: async () => {
      const prepared = await takeSpare();
      if (prepared !== null) await dropSegment(prepared);
      for (const segment of [...full, current]) await segment.handle.close();
    },
  };
}
