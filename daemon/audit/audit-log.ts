/**
 * The append-only, hash-chained audit log (docs/audit.md): JSON lines in segments, each line with the SHA-256 of the
 * one before. Lines about ref moves can be made again from the journal, so appending them needs no sync of its own.
 */
import { createHash } from 'node:crypto';
import { open, readFile, readdir, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { AuditRecord } from '../../shared/records';
import { writeDurably } from '../durable-file';
import { parseAuditLine } from './parse-audit-line';
import { genesis, verifySegments, type ChainPoint, type Verification } from './verify-segments';

export type AuditEntry = Omit<AuditRecord, 'seq' | 'prev' | 'time'> & { readonly time?: string };

export interface AuditLog {
  /**
   * Appends in call order; resolves when the line was handed to the kernel. A line about a ref move is durable when
   * the journal record it names is, or after `sync`. Throws GitisoError 'storage-failed'; the line is then written
   * later, before any other. `onWritten` is called when it is, be it now or later.
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
  readonly onWritten: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const suffix = '.jsonl';

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
        size += data.length;
        hasFailed = false;
        written = batch.at(-1)?.end ?? written;
        for (const waiting of batch) {
          waiting.onWritten();
          waiting.resolve();
        }
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

  /** When the next segment can not be made the present one goes on: it is only longer then. */
  async function rotate(): Promise<void> {
    await file.sync();
    const next = await open(segmentPath(directory, written.seq + 1), 'a', 0o600);
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
    append: async (entry, onWritten = () => undefined) => {
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
        queue.push({ line: `${line}\n`, end, onWritten, resolve, reject }),
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
    close: async () => {
      await flush().catch(() => undefined);
      await file.close();
    },
  };
}

/** The last whole line decides where the chain goes on; a line cut short by a crash is removed. */
async function findHead(
  directory: string,
): Promise<{ seq: number; hash: string; path: string; size: number }> {
  for (const path of (await segmentsOf(directory)).reverse()) {
    const data = await readFile(path);
    const end = data.lastIndexOf(0x0a) + 1;
    if (end < data.length) await cut(path, end);
    const last = data.toString('utf8', 0, end).split('\n').at(-2);
    if (last === undefined) continue;
    const record = parseAuditLine(last);
    if (record === null) throw broken(`the last line of ${basename(path)} is not an audit record`);
    return { seq: record.seq, hash: sha256(last), path, size: end };
  }
  return { seq: 0, hash: genesis, path: segmentPath(directory, 1), size: 0 };
}

/**
 * Whether the chain passes the anchor: records that were durable may not be missing at the end. What lies before the
 * anchor is the matter of `verify`.
 */
async function requireAnchor(
  directory: string,
  head: { readonly seq: number; readonly hash: string },
): Promise<void> {
  const anchor = await readAnchor(directory);
  if (anchor === null) return;
  if (head.seq < anchor.seq) {
    const last = String(anchor.seq);
    throw broken(`the log ends at record ${String(head.seq)}, but ${last} was durable: records are missing`);
  }
  let next: AuditRecord | null = null;
  for (const path of (await segmentsOf(directory)).reverse()) {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
    for (const line of lines.reverse()) {
      const record = parseAuditLine(line);
      if (record === null)
        throw broken(`a line of ${basename(path)} behind the anchor is not an audit record`);
      if (next !== null && (record.seq !== next.seq - 1 || sha256(line) !== next.prev))
        throw broken(`record ${String(record.seq)} of ${basename(path)} was changed`);
      if (record.seq === anchor.seq && sha256(line) !== anchor.hash)
        throw broken(
          `record ${String(record.seq)} of ${basename(path)} differs from the anchor in head.json`,
        );
      if (record.seq <= anchor.seq) return;
      next = record;
    }
  }
}

function broken(what: string): GitisoError {
  return new GitisoError('audit-broken', `the audit log is damaged: ${what}`, {
    hint: 'restore the file from a copy, or put the folder audit/ aside to start a new chain: see docs/recovery.md',
  });
}

async function cut(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
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

/** As `AuditLog.tail`, of a log that nobody writes. */
export function tailOf(directory: string): AuditLog['tail'] {
  return async (limit, accept) => {
    const found: AuditRecord[] = [];
    for (const path of (await segmentsOf(directory)).reverse()) {
      const lines = (await readFile(path, 'utf8')).split('\n');
      for (const line of lines.reverse()) {
        const record = parseAuditLine(line);
        if (record !== null && accept(record)) found.push(record);
        if (found.length >= limit) return found.reverse();
      }
    }
    return found.reverse();
  };
}

/** null: nothing was made durable yet. Throws 'audit-broken'. */
export async function readAnchor(directory: string): Promise<{ seq: number; hash: string } | null> {
  const text = await readFile(join(directory, 'head.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const { seq, hash } = JSON.parse(text) as { seq?: unknown; hash?: unknown };
    if (typeof seq === 'number' && typeof hash === 'string') return { seq, hash };
  } catch {
    // Told below.
  }
  throw broken('head.json is not an anchor');
}

/** Oldest first; none when there is no log yet. */
export async function segmentsOf(directory: string): Promise<string[]> {
  const present = await readdir(directory).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] as string[];
    throw error;
  });
  const names = present.filter((name) => name.endsWith(suffix)).sort();
  return names.map((name) => join(directory, name));
}

function segmentPath(directory: string, firstSeq: number): string {
  return join(directory, `${String(firstSeq).padStart(12, '0')}${suffix}`);
}

function withoutTime(entry: AuditEntry): Omit<AuditEntry, 'time'> {
  const { time: _time, ...rest } = entry;
  return rest;
}

export function sha256(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}
