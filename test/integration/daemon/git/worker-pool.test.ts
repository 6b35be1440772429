/** What happens to a git worker costs the request that caused it: real workers, real signals, real damage. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  truncateSync,
  chmodSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { openAuditLog } from '../../../../daemon/audit/audit-log';
import { createConfinement } from '../../../../daemon/git/confinement';
import { moveRefs } from '../../../../daemon/git/move-refs';
import { createWorkerPool, type WorkerPool } from '../../../../daemon/git/worker-pool';
import type { WorkerPoolOptions } from '../../../../daemon/git/worker-pool-options';
import { openJournal } from '../../../../daemon/journal/journal';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';
import { confinedWorkers, ownUid } from '../../../helpers/confined';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';

const main = 'refs/heads/main' as RefName;
const pools: WorkerPool[] = [];
let gitDirectory: string;
let head: Oid;

beforeAll(async () => {
  gitDirectory = join(tempDir(), 'r.git');
  const source = await makeRepo();
  await git('/', ['clone', '-q', '--bare', source, gitDirectory]);
  head = (await git(gitDirectory, ['rev-parse', 'main'])) as Oid;
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

async function openPool(more: Partial<WorkerPoolOptions> = {}): Promise<WorkerPool> {
  const limits = { count: 1, idleMs: 0, recycleAfter: 1_000_000, deadlineMs: 25_000, log: quietLog };
  const pool = createWorkerPool({ ...(await confinedWorkers()), ...limits, ...more });
  pools.push(pool);
  return pool;
}

const read = (pool: WorkerPool, ref: RefName = main) =>
  pool.run(gitDirectory, { op: 'readRef', gitDirectory, ref });

/** Whatever is asked while a worker is stopped is under way when it dies. */
function dieWith(pool: WorkerPool, signal: NodeJS.Signals): void {
  pool.killAll(signal);
  pool.killAll('SIGCONT');
}

test('a worker that crashes costs the one request it was serving, which is told so; the next is served', async () => {
  const pool = await openPool();
  await read(pool);
  pool.killAll('SIGSTOP');
  const lost = read(pool);
  dieWith(pool, 'SIGSEGV');
  await expect(lost).rejects.toMatchObject({ code: 'worker-failed', details: { reason: 'crashed' } });
  expect(await read(pool)).toEqual({ current: head });
  expect(pool.restarts()).toBe(1);
});

test('of several requests under way none is lost to a crash that none of them causes', async () => {
  const pool = await openPool();
  await read(pool);
  pool.killAll('SIGSTOP');
  const requests = Array.from({ length: 40 }, () => read(pool));
  dieWith(pool, 'SIGSEGV');
  const answers = await Promise.all(requests);
  expect(answers).toEqual(requests.map(() => ({ current: head })));
  expect(pool.restarts()).toBe(1);
});

test('objects that come with a move are stored by a worker that sees the repository only', async () => {
  const pool = await openPool();
  const content = Buffer.from('offered\n');
  const whole = Buffer.concat([Buffer.from(`blob ${String(content.length)}\0`), content]);
  const id = createHash('sha1').update(whole).digest('hex') as Oid;
  const updates = [{ ref: 'refs/tags/offered' as RefName, old: zeroOid, new: id }];
  const files = [{ id, bytes: deflateSync(whole) }];
  const prepared = await pool.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates, files });
  if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared));
  await pool.run(gitDirectory, { op: 'settle', transaction: prepared.transaction, commit: true });
  expect(await git(gitDirectory, ['cat-file', 'blob', 'offered'])).toBe('offered');
  expect(readdirSync(join(gitDirectory, 'objects')).filter((name) => name.startsWith('tmp_'))).toEqual([]);
});

test('refs that a dead worker had prepared are free again, and a journaled move is done by the next one', async () => {
  const pool = await openPool();
  const state = tempDir();
  for (const name of ['journal', 'audit']) mkdirSync(join(state, name));
  const journal = await openJournal({ directory: join(state, 'journal'), segmentBytes: 65_536 });
  const audit = await openAuditLog({
    directory: join(state, 'audit'),
    segmentBytes: 65_536,
    now: () => new Date(),
  });
  const ref = 'refs/heads/moved' as RefName;
  const updates = [{ ref, old: zeroOid, new: head }];
  const killing: WorkerPool = {
    ...pool,
    run: async (repository, request) => {
      const result = await pool.run(repository, request);
      if (request.op === 'prepareRefs' && pool.restarts() === 0) {
        expect(existsSync(join(gitDirectory, `${ref}.lock`))).toBe(true);
        pool.killAll('SIGKILL');
      }
      return result;
    },
  };
  const moved = await moveRefs(
    { journal, audit, workers: killing, log: quietLog },
    {
      gitDirectory,
      body: { kind: 'refs', version: 1, time: '', repo: 'r', updates, agent: null, method: 'test', argv: [] },
      blobs: [],
      prepare: () => killing.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates }),
      updates: () => updates,
      entry: () => ({
        ...{ agent: null, repo: 'r', method: 'test', argv: [], refs: [] },
        ...{ verdict: 'accepted' as const, rule: null, journal: null },
      }),
    },
  );
  expect(moved.kind).toBe('prepared');
  expect(await git(gitDirectory, ['rev-parse', ref])).toBe(head);
  expect(existsSync(join(gitDirectory, `${ref}.lock`))).toBe(false);
  expect(pool.restarts()).toBe(1);
  await journal.close();
  await audit.close();
});

test('a worker that hangs is replaced after the deadline, and the request is told so', async () => {
  const pool = await openPool({ deadlineMs: 10_000 });
  await read(pool).catch(() => read(pool));
  const before = pool.restarts();
  pool.killAll('SIGSTOP');
  await expect(read(pool)).rejects.toMatchObject({ details: { reason: 'hung' } });
  expect(pool.restarts()).toBe(before + 1);
});

test('an object that claims 8 GB or is cut short costs its reader, not the next request', async () => {
  const pool = await openPool({ deadlineMs: 10_000 });
  const readCommit = (commit: Oid) => pool.run(gitDirectory, { op: 'readCommit', gitDirectory, commit });
  const huge = '1'.repeat(40) as Oid;
  mkdirSync(join(gitDirectory, 'objects', '11'), { recursive: true });
  writeFileSync(objectPath(huge), deflateSync('commit 8589934592\0tree '));
  await expect(readCommit(huge)).rejects.toMatchObject({ code: 'worker-failed' });
  const cut = (await git(gitDirectory, ['hash-object', '-w', '-t', 'blob', '--stdin'], {
    stdin: 'x'.repeat(100_000).replace(/x/g, () => String(Math.random())),
  })) as Oid;
  chmodSync(objectPath(cut), 0o644);
  truncateSync(objectPath(cut), 2000);
  await expect(readCommit(cut)).rejects.toMatchObject({ code: 'worker-failed' });
  expect(await read(pool).catch(() => read(pool))).toEqual({ current: head });
});

test('an object that does not hash to its name is not believed', async () => {
  const pool = await openPool();
  const text = readFileSync(await looseHead());
  const wrong = `22${head.slice(2)}` as Oid;
  mkdirSync(join(gitDirectory, 'objects', '22'), { recursive: true });
  writeFileSync(objectPath(wrong), text);
  await expect(
    pool.run(gitDirectory, { op: 'readCommit', gitDirectory, commit: wrong }),
  ).rejects.toMatchObject({ code: 'worker-failed', details: { reason: 'defect' } });
});

function objectPath(id: Oid): string {
  return join(gitDirectory, 'objects', id.slice(0, 2), id.slice(2));
}

async function looseHead(): Promise<string> {
  const content = await git(gitDirectory, ['cat-file', 'commit', head]);
  await git(gitDirectory, ['hash-object', '-w', '-t', 'commit', '--stdin'], { stdin: `${content}\n` });
  if (existsSync(objectPath(head))) return objectPath(head);
  writeFileSync(
    join(gitDirectory, 'plain'),
    deflateSync(`commit ${String(content.length + 1)}\0${content}\n`),
  );
  return join(gitDirectory, 'plain');
}

/** A worker that eats memory when it is asked for one ref, and answers the others: what a leak in libgit2 looks like. */
const greedyWorker = `
const eaten = [];
const eat = () => { eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)); setImmediate(eat); };
process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, request }) => {
  if (request.ref === 'refs/heads/eat') eat();
  else setTimeout(() => process.send({ id, result: { current: null } }), 20);
});
`;

test('a worker that needs too much memory is replaced; only the request that ate it is lost', async () => {
  const folder = tempDir();
  const script = join(folder, 'greedy.js');
  writeFileSync(script, greedyWorker);
  const confinement = await createConfinement({
    ...{ mode: 'auto', uid: ownUid, arch: process.arch },
    programs: { git: [], worker: [process.execPath, folder] },
  });
  const pool = await openPool({ script, confinement, memoryBytes: 192 * 1024 * 1024 });
  const before = read(pool);
  const culprit = read(pool, 'refs/heads/eat' as RefName);
  const failed = expect(culprit).rejects.toMatchObject({
    code: 'worker-failed',
    details: { reason: 'memory' },
  });
  const after = read(pool);
  await failed;
  expect(await Promise.all([before, after])).toEqual([{ current: null }, { current: null }]);
  expect(await read(pool)).toEqual({ current: null });
  confinement.close();
});

test('a worker is recycled while requests keep coming, and none of them notices', async () => {
  const pool = await openPool({ recycleAfter: 20 });
  await read(pool);
  const first = boxes();
  const answers: unknown[] = [];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 15; turn += 1) answers.push((await read(pool)).current);
    }),
  );
  expect(new Set(answers)).toEqual(new Set([head]));
  expect(boxes()).not.toEqual(first);
  expect(pool.restarts()).toBe(0);
});

/** The children of this process. */
function boxes(): string {
  return readdirSync('/proc/self/task')
    .map((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8'))
    .join(' ')
    .trim();
}

test('a repository that came after the worker was started is served as well', async () => {
  const pool = await openPool();
  await read(pool);
  const later = join(dirname(gitDirectory), 'later.git');
  await git('/', ['clone', '-q', '--bare', gitDirectory, later]);
  expect(await pool.run(later, { op: 'readRef', gitDirectory: later, ref: main })).toEqual({ current: head });
  expect(await read(pool)).toEqual({ current: head });
  expect(pool.restarts()).toBe(0);
});
