/** Recomputes the hash chain: finds an edit, a gap, a removed or added line, and a truncated end. Only reads. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseAuditLine } from './parse-audit-line';

/** The `prev` of the very first record. */
export const genesis = '0'.repeat(64);

export interface ChainPoint {
  readonly seq: number;
  readonly hash: string;
}

export interface Verification {
  readonly valid: boolean;
  readonly records: number;
  readonly head: string;
  readonly problem: { readonly segment: string; readonly line: number; readonly what: string } | null;
}

/** `head`: a point the chain must reach (the daemon's memory; it may have gone on since); `anchor`: a point it must pass (kept at every sync). */
export async function verifySegments(
  paths: readonly string[],
  expected: { readonly genesis: string; readonly head: ChainPoint; readonly anchor: ChainPoint | null },
  read: (path: string) => Promise<string> = (path) => readFile(path, 'utf8'),
): Promise<Verification> {
  let point: ChainPoint = { seq: 0, hash: expected.genesis };
  let last = { segment: 'none', line: 0 };
  for (const path of paths) {
    const segment = basename(path);
    const lines = (await read(path)).split('\n');
    const rest = lines.pop();
    for (const [index, line] of lines.entries()) {
      last = { segment, line: index + 1 };
      const what = checkLine(line, point);
      if (what !== null) return broken(point, last, what);
      point = { seq: point.seq + 1, hash: createHash('sha256').update(line, 'utf8').digest('hex') };
      if (expected.anchor?.seq === point.seq && expected.anchor.hash !== point.hash)
        return broken(point, last, 'the record differs from the anchor in head.json');
      if (expected.head.seq === point.seq && expected.head.hash !== point.hash)
        return broken(point, last, 'the record differs from what the daemon wrote');
      if (expected.head.seq === point.seq) return whole(point);
    }
    if (rest !== '') return broken(point, { segment, line: lines.length + 1 }, 'the last line has no end');
  }
  if (expected.anchor !== null && expected.anchor.seq > point.seq)
    return broken(
      point,
      last,
      `the log ends at record ${String(point.seq)}, before the anchor ${String(expected.anchor.seq)}`,
    );
  if (expected.head.seq > point.seq)
    return broken(
      point,
      last,
      `the log ends at record ${String(point.seq)}, the daemon wrote ${String(expected.head.seq)}`,
    );
  return whole(point);
}

function whole(point: ChainPoint): Verification {
  return { valid: true, records: point.seq, head: point.hash, problem: null };
}

function checkLine(line: string, before: ChainPoint): string | null {
  const record = parseAuditLine(line);
  if (record === null) return 'not an audit record';
  if (record.seq !== before.seq + 1)
    return `record ${String(record.seq)} where ${String(before.seq + 1)} should be`;
  if (record.prev !== before.hash) return 'the record before it was changed (hash mismatch)';
  return null;
}

function broken(point: ChainPoint, at: { segment: string; line: number }, what: string): Verification {
  return { valid: false, records: point.seq, head: point.hash, problem: { ...at, what } };
}
