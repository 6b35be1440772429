import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, type Journal } from '../../../../daemon/journal/journal';

let directory: string;
let journal: Journal;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gitiso-journal-'));
  journal = await open();
});

afterEach(async () => {
  await journal.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): Promise<Journal> {
  return openJournal({ directory, segmentBytes: 4096 });
}

async function reopen(): Promise<void> {
  await journal.close();
  journal = await open();
}

function segments(): string[] {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .sort();
}

test('records come back after a restart with their blobs, in order', async () => {
  await Promise.all([
    journal.append({ n: 1 }, [Buffer.from('one'), Buffer.alloc(0)]).durable,
    journal.append({ n: 2 }).durable,
  ]);
  await reopen();
  expect(journal.recovered.map(({ seq, body, blobs }) => [seq, body, blobs.map(String)])).toEqual([
    [1, { n: 1 }, ['one', '']],
    [2, { n: 2 }, []],
  ]);
});

test('numbers go on after a restart, and records of several segments stay in order', async () => {
  for (let n = 0; n < 10; n += 1) await journal.append({ n }, [Buffer.alloc(1500, n)]).durable;
  await reopen();
  await journal.append({ n: 10 }).durable;
  await reopen();
  expect(journal.recovered.map(({ body }) => (body as { n: number }).n)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]);
  expect(segments().length).toBeGreaterThan(3);
});

test('a record larger than a segment gets one of its own', async () => {
  await journal.append({ big: true }, [Buffer.alloc(20_000, 7)]).durable;
  await reopen();
  expect(journal.recovered[0]?.blobs[0]).toEqual(Buffer.alloc(20_000, 7));
});

test.each([3, 12, 22, 30, 44])(
  'a flipped bit at byte %i ends the reading there, and nothing is invented',
  async (offset) => {
    await journal.append({ first: true }, [Buffer.from('blob')]).durable;
    await journal.close();
    const path = segments()[0] ?? '';
    const data = readFileSync(path);
    data[offset] = (data[offset] ?? 0) ^ 1;
    writeFileSync(path, data);
    journal = await open();
    expect(journal.recovered).toEqual([]);
  },
);

test('a checkpoint drops settled segments only, after making everything durable', async () => {
  const first = journal.append({ n: 1 });
  await first.durable;
  let calls = 0;
  await journal.checkpoint(() => Promise.resolve(void (calls += 1)));
  await reopen();
  expect(journal.recovered).toHaveLength(1);

  const next = journal.append({ n: 2 });
  await next.durable;
  journal.settled(next.seq);
  await journal.checkpoint(() => Promise.resolve(void (calls += 1)));
  await reopen();
  expect(journal.recovered).toEqual([]);
  expect(calls).toBe(2);
});

test('when making durable fails the journal keeps everything', async () => {
  const one = journal.append({ n: 1 });
  await one.durable;
  journal.settled(one.seq);
  await expect(journal.checkpoint(() => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  await reopen();
  expect(journal.recovered).toHaveLength(1);
});
