/**
 * The append-only, hash-chained audit log (docs/audit.md): JSON lines in segments, each line with the SHA-256 of the
 * one before. Lines that can be made again from the journal need no sync of their own; all others are synced together.
 */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { AuditRecord } from '../../shared/records';
import { crashPoint } from '../crash-points';
import { syncDirectory, writeDurably } from '../durable-file';
import { findHead } from './find-head';
import { parseAuditLine } from './parse-audit-line';
import { readAnchor, requireAnchor, segmentPath, segmentsOf, sha256, tailOf } from './read-log';
import { genesis, verifySegments, type ChainPoint, type Verification } from './verify-segments';

export type AuditEntry = Omit<AuditRecord, 'seq' | 'prev' | 'time'> & { readonly time?: string };

export interface AuditLog {
  /**
   * Appends in call order; resolves when the line is durable. Throws GitisoError 'storage-failed'; the line is then
   * written later, before any other. With `onWritten` the journal tells the same: then it resolves when the line was
   * handed to the kernel, and `onWritten` is called at that moment, be it now or later.
   */
  readonly append: (entry: AuditEntry, onWritten?: () => void) => Promise<AuditRecord>;
  /** Throws GitisoError 'storage-failed' while lines wait that could not be written: nothing is accepted then. */
  readonly assertWritable: () => Promise<void>;
  /** Makes everything appended durable and moves the anchor (`head.json`). */
  readonly sync: () => Promise<void>;
  readonly head: () => { readonly seq: number; readonly hash: string };
  /** The newest `limit` records that `accept` takes, oldest first. */
  readonly tail: (limit: number, accept: (record: AuditRecord) => boolean) => Promise<readonly AuditRecord[]>;
  readonly verify: () => Promise<Verification>;
  /** Journal numbers that records written since the journal's `from` settle: what recovery need not audit again. */
  readonly settledSince: (from: number) => Promise<ReadonlySet<number>>;
  /** Files that lines which a power loss had damaged were put aside in when the log was opened. */
  readonly damaged: readonly string[];
  readonly close: () => Promise<void>;
}

export interface AuditOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly now: () => Date;
}

interface Waiting {
  readonly line: string;
  /** The end of the chain with this line. */
  readonly end: ChainPoint;
  /** null: nothing else tells of it, so that it has to be durable. */
  readonly onWritten: (() => void) | null;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Throws 'audit-broken' when the end of the log is not what it was when it was last made durable. */
export async function openAuditLog(options: AuditOptions): Promise<AuditLog> {
  const { directory, now } = options;
  const start = await findHead(directory);
  await requireAnchor(directory, start);
  let { seq, hash } = start;
  /** The end of the chain in the file; `seq` and `hash` count lines that wait as well. */
  let written: ChainPoint = { seq, hash };
  let file: FileHandle = await open(start.path, 'a', 0o600);
  let size = start.size;
  let queue: Waiting[] = [];
  let writing: Promise<void> | null = null;
  let hasFailed = false;

  async function write(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      const data = Buffer.from(batch.map((waiting) => waiting.line).join(''), 'utf8');
      try {
        await writeFully(file, data, size);
        crashPoint('audit:line-written');
        size += data.length;
        hasFailed = false;
        written = batch.at(-1)?.end ?? written;
        for (const waiting of batch) waiting.onWritten?.();
        await syncFor(batch);
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        // The chain must not go on over a hole: keep the lines and try again with the next append.
        queue = [...batch, ...queue];
        hasFailed = true;
        for (const waiting of batch)
          waiting.reject(
            new GitisoError('storage-failed', 'the audit log can not be written', { cause: error }),
          );
        return;
      }
      if (size >= options.segmentBytes) await rotate().catch(() => undefined);
    }
  }

  /** A line that is there and could not be synced is not written again: whoever waits for it is told. */
  async function syncFor(batch: readonly Waiting[]): Promise<void> {
    if (batch.every(({ onWritten }) => onWritten !== null)) return;
    try {
      await file.datasync();
      crashPoint('audit:line-synced');
    } catch (cause) {
      const error = new GitisoError('storage-failed', 'the audit log can not be synced', { cause });
      for (const waiting of batch) if (waiting.onWritten === null) waiting.reject(error);
    }
  }

  /** When the next segment can not be made the present one goes on: it is only longer then. */
  async function rotate(): Promise<void> {
    await file.sync();
    crashPoint('audit:rotating');
    const next = await open(segmentPath(directory, written.seq + 1), 'a', 0o600);
    await syncDirectory(directory);
    crashPoint('audit:rotated');
    await file.close();
    file = next;
    size = 0;
  }

  async function flush(): Promise<void> {
    writing ??= write().finally(() => (writing = null));
    await writing;
    if (hasFailed && queue.length > 0)
      throw new GitisoError('storage-failed', 'the audit log can not be written');
  }

  return {
    append: async (entry, onWritten) => {
      seq += 1;
      const record: AuditRecord = {
        seq,
        time: entry.time ?? now().toISOString(),
        ...withoutTime(entry),
        prev: hash,
      };
      const line = JSON.stringify(record);
      hash = sha256(line);
      const end = { seq, hash };
      const written = new Promise<void>((resolve, reject) =>
        queue.push({ line: `${line}\n`, end, onWritten: onWritten ?? null, resolve, reject }),
      );
      void flush().catch(() => undefined);
      await written;
      return record;
    },
    assertWritable: async () => {
      if (hasFailed) await flush();
    },
    sync: async () => {
      await flush();
      const anchor = written;
      await file.sync();
      await writeDurably(join(directory, 'head.json'), `${JSON.stringify(anchor)}\n`, 0o600);
    },
    head: () => ({ seq, hash }),
    tail: async (limit, accept) => {
      await flush();
      return tailOf(directory)(limit, accept);
    },
    verify: async () => {
      await flush();
      return verifySegments(await segmentsOf(directory), {
        genesis,
        head: written,
        anchor: await readAnchor(directory),
      });
    },
    settledSince: async (from) => {
      const settled = new Set<number>();
      for (const path of (await segmentsOf(directory)).reverse()) {
        const numbers = (await readFile(path, 'utf8'))
          .split('\n')
          .flatMap((line) => parseAuditLine(line)?.journal ?? []);
        for (const number of numbers) settled.add(number);
        if (numbers.some((number) => number < from)) break;
      }
      return settled;
    },
    damaged: start.damaged,
    close: async () => {
      await flush().catch(() => undefined);
      await file.close();
    },
  };
}

/** A write that failed half-way is taken back, so that no line is ever there twice. */
async function writeFully(file: FileHandle, data: Buffer, before: number): Promise<void> {
  try {
    await file.appendFile(data);
  } catch (error) {
    await file.truncate(before).catch(() => undefined);
    throw error;
  }
}

function withoutTime(entry: AuditEntry): Omit<AuditEntry, 'time'> {
  const { time: _time, ...rest } = entry;
  return rest;
}
