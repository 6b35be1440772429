/** What an audit log that is not whole does to the start: the end of it must be what was durable. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditLog, type AuditEntry, type AuditLog } from '../../../../daemon/audit/audit-log';
import { tempDir } from '../../../helpers/temp-dir';

let directory: string;

function open(): Promise<AuditLog> {
  return openAuditLog({ directory, segmentBytes: 1500, now: () => new Date() });
}

const entry: AuditEntry = {
  agent: 'a',
  repo: 'r',
  method: 'commit.create',
  argv: [],
  refs: [],
  verdict: 'accepted',
  rule: null,
  journal: null,
};

/** Ten records in several segments; all but the last two are durable. */
beforeEach(async () => {
  directory = tempDir();
  const audit = await open();
  for (let n = 0; n < 8; n += 1) await audit.append(entry);
  await audit.sync();
  await audit.append(entry);
  await audit.append(entry);
  await audit.close();
});

function newest(): string {
  const name = readdirSync(directory)
    .filter((one) => one.endsWith('.jsonl'))
    .sort()
    .at(-1);
  return join(directory, name ?? '');
}

async function expectRefusal(what: RegExp): Promise<void> {
  await expect(open()).rejects.toMatchObject({
    code: 'audit-broken',
    message: expect.stringMatching(what) as string,
    hint: expect.stringContaining('docs/recovery.md') as string,
  });
}

test('a whole log opens, and one whose last line a crash cut goes on before it', async () => {
  writeFileSync(newest(), readFileSync(newest()).subarray(0, -5));
  const audit = await open();
  expect(audit.head().seq).toBe(9);
  await audit.append(entry);
  expect(await audit.verify()).toMatchObject({ valid: true, records: 10 });
  await audit.close();
});

test('a log that was cut before what was durable is refused', async () => {
  while (existsSync(newest()) && readdirSync(directory).length > 2) rmSync(newest());
  await expectRefusal(/ends at record \d, but 8 was durable: records are missing/);
});

test('a bit that changed behind the anchor is refused, an illegible end is put aside', async () => {
  const text = readFileSync(newest(), 'utf8');
  writeFileSync(newest(), text.replace(/"seq":9/, '"seq":7'));
  await expectRefusal(/damaged/);
  writeFileSync(newest(), text.slice(0, -3) + 'x}\n');
  const audit = await open();
  expect(audit.damaged).toHaveLength(1);
  expect(await audit.verify()).toMatchObject({ valid: true });
  await audit.close();
});

test('a record at the anchor that was changed is refused', async () => {
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.jsonl'))) {
    const path = join(directory, name);
    const lines = readFileSync(path, 'utf8').split('\n');
    const kept = lines.filter((line) => !/"seq":(9|10),/.test(line));
    writeFileSync(
      path,
      kept.map((line) => line.replace(/("seq":8,.*)commit\.create/, '$1commit.forged')).join('\n'),
    );
  }
  await expectRefusal(/record 8 .* differs from the anchor/);
});

test('an anchor that is damaged itself is refused', async () => {
  writeFileSync(join(directory, 'head.json'), '{"seq":');
  await expectRefusal(/head\.json is not an anchor/);
});
