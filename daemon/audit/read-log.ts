/** Reads the audit log of a folder: whether its chain ends where it has to, and its newest records. */
import { createHash } from 'node:crypto';
import { open, readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { AuditRecord } from '../../shared/records';
import type { AuditLog } from './audit-log';
import { parseAuditLine } from './parse-audit-line';

const suffix = '.jsonl';

/**
 * Whether the chain passes the anchor: records that were durable may not be missing at the end. What lies before the
 * anchor is the matter of `verify`.
 */
export async function requireAnchor(
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

/** Cuts a file durably. */
export async function cut(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
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

/** The file of the segment that begins with this record. */
export function segmentPath(directory: string, firstSeq: number): string {
  return join(directory, `${String(firstSeq).padStart(12, '0')}${suffix}`);
}

/** Of a line without its newline. */
export function sha256(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}
