/**
 * Reads the segments that an earlier run left. A write cut short by a crash is the end of what was accepted; anything
 * else that is missing was acknowledged, and nothing may go on without it. Only reads.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { readSegment, type JournalRecord, type ReadRecord } from './journal-record';
import { firstSeqOf, secretOf, segmentSuffix } from './segment';

export interface JournalContent {
  /** Oldest first. */
  readonly paths: readonly string[];
  readonly records: readonly JournalRecord[];
  /** Writes that a crash cut short; they were never acknowledged. */
  readonly cut: readonly { readonly segment: string; readonly at: number }[];
  readonly damage: { readonly segment: string; readonly at: number; readonly what: string } | null;
}

/** `segmentBytes`: what a segment is at least filled up to when it is made. */
export async function readJournal(directory: string, segmentBytes: number): Promise<JournalContent> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(segmentSuffix)).sort();
  const records: ReadRecord[] = [];
  const cut: { segment: string; at: number }[] = [];
  let damage: JournalContent['damage'] = null;
  let last = Math.max(0, firstSeqOf(names[0] ?? '1') - 1);

  for (const segment of names) {
    const content = await readSegment(join(directory, segment), secretOf(segment));
    if (content.isOlder)
      damage ??= { segment, at: 0, what: 'an older gitiso wrote it; start and stop that one first' };
    const isUsed = content.records.length > 0 || content.gapAt !== null;
    const at = content.gapAt ?? content.bytes;
    if (isUsed && content.bytes < segmentBytes) damage ??= { segment, at, what: 'the file was cut off' };
    if (content.gapAt !== null) cut.push({ segment, at });
    // A record was made when `durable` was on disk, so that one must have been found before it.
    const look = ({ durable }: ReadRecord): void => {
      if (durable > last) damage ??= { segment, at, what: missing(last, durable) };
    };
    for (const record of content.records) {
      look(record);
      if (record.seq <= last) continue;
      records.push(record);
      last = record.seq;
    }
    content.behindGap.forEach(look);
  }
  return { paths: names.map((name) => join(directory, name)), records, cut, damage };
}

function missing(last: number, durable: number): string {
  return `records after number ${String(last)}, up to ${String(durable)}, were durable and can not be read`;
}

/** What a daemon that finds this says when it refuses to start. */
export function journalDamaged(damage: NonNullable<JournalContent['damage']>): GitisoError {
  const { segment, at, what } = damage;
  return new GitisoError(
    'state-damaged',
    `the journal is damaged: ${basename(segment)}, byte ${String(at)}: ${what}`,
    {
      hint: 'restore the file from a copy, or put it aside and lose what only it holds: see docs/recovery.md, "The journal"',
    },
  );
}
