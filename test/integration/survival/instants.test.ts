/**
 * Instants and errors of the machine that docs/threats.md names, in the real daemon, without a container: killed there, or
 * with a call of the kernel's that fails, or a clock that is set, nothing is lost, half or forgotten.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalSegmentBytes } from '../../../daemon/compose-storage';
import { openJournal } from '../../../daemon/journal/journal';
import { zeroOid } from '../../../shared/ids';
import { withDescendants } from '../../helpers/child-processes';
import { tempDir } from '../../helpers/temp-dir';
import { commit } from '../../survival/agent-operations';
import type { CrashCase } from '../../survival/crash-cases';
import { restart, runCrashCase } from '../../survival/crash-run';
import { type Ran } from '../../survival/run';
import { makeShimTemplate } from '../../survival/shim-for';
import type { WorkingAgent } from '../../survival/working-agent';
import { makeWorld, type World } from '../../survival/world';

jest.setTimeout(120_000);

const clock = join(tempDir(), 'clock');
let world: World;
let agent: WorkingAgent;

beforeAll(async () => {
  writeFileSync(clock, '0');
  process.env['JUMP_CLOCK'] = clock;
  process.env['NODE_OPTIONS'] = `--require ${join(__dirname, '../../helpers/jump-clock.js')}`;
  const root = tempDir();
  const shim = makeShimTemplate(join(root, 'a0'), join(root, 'shim'));
  world = await makeWorld({ root, agents: 1, engine: null, shim });
  await restart(world);
  const [only] = world.agents;
  if (only === undefined) throw new Error('there is no agent');
  agent = only;
});

afterAll(() => world.remove());

/** Whatever was tried, the daemon serves, and all that was acknowledged is there once. */
afterEach(async () => {
  expect(await commitNow()).toBe(true);
  expect(await world.check()).toEqual([]);
});

const commitNow = (): Promise<boolean> =>
  commit({ agent, ledger: world.ledger, remote: world.remote, next: world.next });

/** As it is said to the agent. */
async function tryCommit(): Promise<Ran> {
  const message = `under a fault ${String(world.next())}`;
  const ran = await agent.git(['commit', '-q', '--allow-empty', '-m', message]);
  const id = ran.code === 0 ? await agent.look(['rev-parse', 'HEAD']) : null;
  world.ledger.commits.push({ ref: agent.ref, message, id });
  return ran;
}

const instants: readonly (readonly [string, CrashCase])[] = [
  ['CR-01 when the request is allowed', { point: 'commit:allowed', scenario: 'commit' }],
  ['CR-02 when its objects lie in staging', { point: 'stage:received', scenario: 'transaction with much' }],
  ['CR-10 before staging is removed', { point: 'stage:placed', scenario: 'transaction with much' }],
];

test.each(instants)('%s, a kill leaves nothing of it', async (_when, one) => {
  const before = await agent.look(['rev-parse', agent.ref]);
  expect(await runCrashCase(world, one)).toEqual([]);
  expect(await agent.look(['rev-parse', agent.ref])).toBe(before);
  expect(readdirSync(join(world.state, 'staging'))).toEqual([]);
});

/** strace makes calls of the daemon and its workers fail; ends when the returned function is called. */
async function inject(faults: readonly string[]): Promise<() => Promise<void>> {
  const pids = withDescendants(world.daemon.pid()).flatMap((pid) => ['-p', String(pid)]);
  const argv = ['-f', '-o', '/dev/null', ...faults.flatMap((fault) => ['-e', `inject=${fault}`]), ...pids];
  const child = spawn('strace', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (said.split('attached').length <= pids.length / 2) await once(child.stderr, 'data');
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  };
}

test.each([
  ['EDQUOT', ['fdatasync,fsync:error=EDQUOT'], /quota|can ?not be written|could not be written/i],
  ['EROFS', ['fdatasync,fsync:error=EROFS'], /read-only|can ?not be written|could not be written/i],
  ['EIO', ['pwrite64,fdatasync:error=EIO'], /can ?not be written|could not be written/i],
  ['ENFILE', ['openat:error=ENFILE'], /can ?not be written|git worker/],
  ['ENOMEM', ['openat:error=ENOMEM'], /can ?not be written|git worker/],
])(
  'CR-16 a kernel that answers %s: the commit is refused, and the next is not',
  async (_name, faults, words) => {
    expect(await commitNow()).toBe(true);
    const before = await agent.look(['rev-parse', agent.ref]);
    const pid = world.daemon.pid();
    const end = await inject(faults);
    const refused = await tryCommit().finally(end);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).not.toContain(world.root);
    expect(await agent.look(['rev-parse', agent.ref])).toBe(before);
    expect(world.daemon.pid()).toBe(pid);
    expect(world.daemon.isRunning()).toBe(true);
  },
);

test('CR-16 calls that are interrupted are made again: the commit is done', async () => {
  expect(await commitNow()).toBe(true);
  const end = await inject(['fdatasync:error=EINTR:when=1', 'pwrite64:error=EINTR:when=1']);
  const done = await tryCommit().finally(end);
  expect(done).toMatchObject({ code: 0 });
});

test('CR-17 a clock that is set by ten years while commits are under way ends, delays and forgets none', async () => {
  const set = (years: number) => {
    writeFileSync(clock, String(years * 365 * 86_400));
    process.kill(world.daemon.pid(), 'SIGUSR2');
  };
  for (const years of [10, -10]) {
    const running = commitNow();
    set(years);
    expect(await running).toBe(true);
    const again = commitNow();
    set(0);
    expect(await again).toBe(true);
    set(years);
    // What is read back by another clock than it was written by: locks, journal, staging.
    await world.daemon.kill('all');
    writeFileSync(clock, String(-years * 365 * 86_400));
    await restart(world);
    expect(await commitNow()).toBe(true);
    expect(await world.check()).toEqual([]);
  }
  writeFileSync(clock, '0');
  process.kill(world.daemon.pid(), 'SIGUSR2');
});

async function appendToJournal(body: object): Promise<void> {
  const journal = await openJournal({
    directory: join(world.state, 'journal'),
    segmentBytes: journalSegmentBytes,
  });
  await journal.append(body).durable;
  await journal.close();
}

test('CR-20 a journal of an older gitiso is carried out, one of a newer is refused and kept', async () => {
  const head = await agent.look(['rev-parse', 'HEAD']);
  const ref = `refs/heads/${agent.id}/of-an-older-one`;
  const updates = [{ ref, old: zeroOid, new: head }];
  const body = { kind: 'refs', version: 1, time: new Date().toISOString(), repo: 'r', updates };
  await world.daemon.stop();
  await appendToJournal({ ...body, agent: agent.id, method: 'transaction.propose', argv: [] });
  await restart(world);
  world.ledger.refs.set(ref, head);
  expect(await world.check()).toEqual([]);

  await world.daemon.stop();
  const journal = join(world.state, 'journal');
  const kept = join(tempDir(), 'journal');
  cpSync(journal, kept, { recursive: true });
  await appendToJournal({ ...body, version: 3 });
  const refs = await agent.look(['for-each-ref']);
  const newest = readdirSync(journal);
  await expect(world.daemon.start()).rejects.toThrow(/written by a newer gitiso/);
  expect(await agent.look(['for-each-ref'])).toBe(refs);
  expect(readdirSync(journal)).toEqual(expect.arrayContaining(newest));
  rmSync(journal, { recursive: true });
  cpSync(kept, journal, { recursive: true });
  await restart(world);
});

test('CR-20 the record of an agent of a newer gitiso is left as it is, and so is the agent', async () => {
  const path = join(world.state, 'agents', agent.id, 'agent.json');
  const text = readFileSync(path, 'utf8');
  const newer = JSON.stringify({ ...(JSON.parse(text) as object), version: 99 });
  await world.daemon.stop();
  writeFileSync(path, newer);
  await restart(world);
  const { damaged } = await world.daemon.client().call('agent.list', {});
  expect(damaged).toMatchObject([
    { id: agent.id, error: expect.stringContaining('written by a newer gitiso') as string },
  ]);
  expect((await tryCommit()).code).not.toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(newer);
  await world.daemon.stop();
  writeFileSync(path, text);
  await restart(world);
});
