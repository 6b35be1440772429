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

describe('what was durable and can not be read stops the start', () => {
  async function damage(change: (data: Buffer) => Buffer, which = 0): Promise<void> {
    await journal.close();
    const path = segments()[which] ?? '';
    writeFileSync(path, change(readFileSync(path)));
  }

  function flip(data: Buffer, at: number): Buffer {
    data[at] = (data[at] ?? 0) ^ 1;
    return data;
  }

  test('a flipped bit in a record with a later one behind it', async () => {
    await journal.append({ n: 1 }).durable;
    await journal.append({ n: 2 }).durable;
    await journal.append({ n: 3 }).durable;
    await damage((data) => flip(data, 60));
    await expect(open()).rejects.toMatchObject({
      code: 'state-damaged',
      message: expect.stringMatching(
        /^the journal is damaged: 0{15}1-[0-9a-f]{8}\.journal, byte \d+: /,
      ) as string,
    });
  });

  test('a segment that is gone or damaged, with later ones', async () => {
    for (let n = 0; n < 10; n += 1) await journal.append({ n }, [Buffer.alloc(1500, n)]).durable;
    await damage((data) => flip(data, 40), 1);
    await expect(open()).rejects.toMatchObject({ code: 'state-damaged' });
    rmSync(segments()[1] ?? '');
    await expect(open()).rejects.toMatchObject({ code: 'state-damaged' });
  });

  test('a segment that was cut off', async () => {
    await journal.append({ n: 1 }, [Buffer.alloc(100)]).durable;
    await damage((data) => data.subarray(0, 120));
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('cut off') as string });
  });

  test('but not records of one batch of which a crash kept only the later one', async () => {
    await journal.append({ n: 1 }).durable;
    await Promise.all([journal.append({ n: 2 }).durable, journal.append({ n: 3 }).durable]);
    await damage((data) => flip(data, data.indexOf('{"n":2}')));
    journal = await open();
    expect(journal.recovered.map(({ seq }) => seq)).toEqual([1]);
  });

  test('nor what an agent sent that looks like records', async () => {
    await journal.append({ n: 1 }).durable;
    await journal.close();
    const fake = readFileSync(segments()[0] ?? '').subarray(0, 40);
    rmSync(segments()[0] ?? '');
    fake.writeBigUInt64BE(99n, 12);
    journal = await open();
    await journal.append({ n: 1 }, [fake, fake]).durable;
    // The record that holds them is cut by a crash.
    await damage((data) => flip(data, 34));
    journal = await open();
    expect(journal.recovered).toEqual([]);
  });
});

test('a segment that was made ahead has the number of its first record', async () => {
  for (let n = 0; n < 20; n += 1) {
    const { seq, durable } = journal.append({ n }, [Buffer.alloc(700, n)]);
    await durable;
    journal.settled(seq);
    if (n % 4 === 3) await journal.checkpoint(() => Promise.resolve());
  }
  await journal.append({ n: 20 }).durable;
  await reopen();
  expect(journal.recovered.map(({ body }) => (body as { n: number }).n)).toContain(20);
});
