/**
 * Where the chain goes on at start. What a crash left behind the last whole line is cut off; what a power loss damaged
 * behind the last point that was made durable is put aside, because recovery writes it again from the journal.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { syncDirectory } from '../durable-file';
import { parseAuditLine } from './parse-audit-line';
import { cut, readAnchor, segmentPath, segmentsOf, sha256 } from './read-log';
import { genesis, type ChainPoint } from './verify-segments';

export interface FoundHead extends ChainPoint {
  /** The segment to append to, and its length. */
  readonly path: string;
  readonly size: number;
  /** Files that damaged lines were put aside in. */
  readonly damaged: readonly string[];
}

/** Throws GitisoError 'audit-broken' when the log is damaged before the point that was durable: then a person decides. */
export async function findHead(directory: string): Promise<FoundHead> {
  const paths = await segmentsOf(directory);
  const anchor = (await readAnchor(directory)) ?? { seq: 0, hash: genesis };
  const isCovered = (path: string) => path <= segmentPath(directory, Math.max(anchor.seq, 1));
  const from = paths.filter(isCovered).length - 1;
  let found: FoundHead | null = null;
  for (const path of paths.slice(Math.max(from, 0))) {
    const next = await follow(path, found, anchor);
    if (next === null) return lastLine(directory, paths);
    found = next;
    if (found.damaged.length > 0) {
      await putAside(paths.filter((other) => other > path));
      break;
    }
  }
  return found ?? { seq: 0, hash: genesis, path: segmentPath(directory, 1), size: 0, damaged: [] };
}

/** Follows the chain from the anchor through one segment. null: the anchor is not where it should be. */
async function follow(path: string, before: FoundHead | null, anchor: ChainPoint): Promise<FoundHead | null> {
  const data = await readFile(path);
  const end = data.lastIndexOf(0x0a) + 1;
  const lines = data.toString('utf8', 0, end).split('\n').slice(0, -1);
  let point: ChainPoint | null = before ?? (anchor.seq === 0 ? anchor : null);
  let size = 0;
  for (const line of lines) {
    if (point === null) {
      if (sha256(line) === anchor.hash) point = anchor;
    } else {
      const record = parseAuditLine(line);
      if (record?.seq !== point.seq + 1 || record.prev !== point.hash) break;
      point = { seq: record.seq, hash: sha256(line) };
    }
    size += Buffer.byteLength(line, 'utf8') + 1;
  }
  if (point === null) return null;
  // A power loss leaves nothing legible behind the damage; where records follow it somebody has changed the log.
  if (
    data
      .toString('utf8', size, end)
      .split('\n')
      .some((line) => parseAuditLine(line) !== null)
  )
    return null;
  const damaged = size < end ? [await keepDamaged(path, data.subarray(size))] : [];
  if (size < data.length) await cut(path, size);
  return { ...point, path, size, damaged };
}

async function keepDamaged(path: string, data: Buffer): Promise<string> {
  const aside = `${path}.damaged-${String(Date.now())}`;
  await writeFile(aside, data, { mode: 0o600, flush: true });
  return aside;
}

async function putAside(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await rename(path, `${path}.damaged-${String(Date.now())}`);
    await syncDirectory(dirname(path));
  }
}

/** The durable part itself is not as it was: `audit verify` will say so, and new records follow the last whole line. */
async function lastLine(directory: string, paths: readonly string[]): Promise<FoundHead> {
  for (const path of [...paths].reverse()) {
    const data = await readFile(path);
    const end = data.lastIndexOf(0x0a) + 1;
    if (end < data.length) await cut(path, end);
    const last = data.toString('utf8', 0, end).split('\n').at(-2);
    if (last === undefined) continue;
    const record = parseAuditLine(last);
    if (record === null)
      throw new GitisoError('audit-broken', `the last line of audit segment ${path} is not an audit record`, {
        hint: 'restore the segment from a copy, or move it aside to start a new chain',
      });
    return { seq: record.seq, hash: sha256(last), path, size: end, damaged: [] };
  }
  return { seq: 0, hash: genesis, path: segmentPath(directory, 1), size: 0, damaged: [] };
}
