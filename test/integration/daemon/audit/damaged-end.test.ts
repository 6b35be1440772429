/** An audit log whose end a crash or a power loss damaged is opened again without a hand; damage before stays visible. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditLog, type AuditEntry, type AuditLog } from '../../../../daemon/audit/audit-log';
import { tempDir } from '../../../helpers/temp-dir';

const entry: AuditEntry = {
  agent: null,
  repo: 'r',
  method: 'repo.fetch',
  argv: [],
  refs: [],
  verdict: 'accepted',
  rule: null,
  journal: null,
};

function open(directory: string, segmentBytes = 1 << 20): Promise<AuditLog> {
  return openAuditLog({ directory, segmentBytes, now: () => new Date() });
}

/** Three durable lines before the anchor, three after it. */
async function makeLog(segmentBytes?: number): Promise<string> {
  const directory = tempDir();
  const log = await open(directory, segmentBytes);
  for (let line = 0; line < 3; line += 1) await log.append(entry);
  await log.sync();
  for (let line = 0; line < 3; line += 1) await log.append(entry);
  await log.close();
  return directory;
}

function segments(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(directory, name));
}

test('a last line without its end is cut off and the chain goes on', async () => {
  const directory = await makeLog();
  const [path = ''] = segments(directory);
  truncateSync(path, readFileSync(path).length - 20);
  const log = await open(directory);
  expect(log.head().seq).toBe(5);
  await log.append(entry);
  expect(await log.verify()).toMatchObject({ valid: true, records: 6 });
  expect(log.damaged).toEqual([]);
  await log.close();
});

test('zeros behind the last durable point are put aside', async () => {
  const directory = await makeLog();
  const [path = ''] = segments(directory);
  const text = readFileSync(path, 'utf8');
  const kept = text.split('\n').slice(0, 4).join('\n').length + 1;
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(text.slice(0, kept)), Buffer.alloc(500), Buffer.from('\n')]),
  );
  const log = await open(directory);
  expect(log.head().seq).toBe(4);
  expect(log.damaged).toHaveLength(1);
  expect(readFileSync(log.damaged[0] ?? '')).toHaveLength(501);
  await log.append(entry);
  expect(await log.verify()).toMatchObject({ valid: true, records: 5 });
  await log.close();
});

test('a changed line before the last durable point is reported, not repaired', async () => {
  const directory = await makeLog();
  const [path = ''] = segments(directory);
  writeFileSync(path, readFileSync(path, 'utf8').replace('repo.fetch', 'repo.fetxh'));
  const log = await open(directory);
  expect(await log.verify()).toMatchObject({ valid: false });
  await log.close();
});

test('the chain goes on over segments, and over a new one that is still empty', async () => {
  const directory = await makeLog(300);
  expect(segments(directory).length).toBeGreaterThan(2);
  writeFileSync(join(directory, '000000000007.jsonl'), '');
  const log = await open(directory, 300);
  expect(log.head().seq).toBe(6);
  await log.append(entry);
  expect(await log.verify()).toMatchObject({ valid: true, records: 7 });
  await log.close();
});
