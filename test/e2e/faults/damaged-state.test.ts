/**
 * What somebody or a bad disk did to the daemon's own files: repositories and their records, the audit log, folders of
 * agents, permissions. Others are served meanwhile, the doctor names it, and what can be mended is mended without a loss.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../client/rpc-client';
import { engineWeaknesses } from '../../../daemon/doctor/engine-weaknesses';
import type { Finding } from '../../../shared/methods/daemon-doctor';
import { addRepo, createAgent, inAgent, type CommandResult } from '../../helpers/agents';
import { startDaemon, type TestDaemon } from '../../helpers/daemon';
import { docker } from '../../helpers/docker-socket';
import { fsckStrict, git } from '../../helpers/git';
import { makeRepo } from '../../helpers/repo';
import { testIf } from '../../helpers/test-if';

const asRoot = testIf(process.getuid?.() === 0, 'files of another owner need root');

let daemon: TestDaemon;
let client: RpcClient;
/** What `a` was told is committed, and what is in the repository of `b`. */
const acknowledged: string[] = [];
let clone: string;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  clone = await makeRepo({ files: 2, commits: 2 });
  await addRepo(client, clone);
  await addRepo(client, await makeRepo(), 's');
  await createAgent(client, 'a');
  await createAgent(client, 'b', { repo: 's' });
});

/** All is well again, and nothing that was acknowledged is missing. */
afterEach(async () => {
  expect(await commit('a')).toMatchObject({ exitCode: 0 });
  const history = (await git(bare(), ['rev-list', 'agent/a'])).split('\n');
  expect(acknowledged.filter((id) => !history.includes(id))).toEqual([]);
  await fsckStrict(bare());
  expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
  expect(await found()).toEqual([]);
});

const state = (...names: readonly string[]): string => join(daemon.stateDirectory, ...names);
const bare = (id = 'r'): string => state('repos', `${id}.git`);

async function commit(id: string): Promise<CommandResult> {
  const script = 'date +%N > file && git add file && git commit -q -m "$(date +%N)" && git rev-parse HEAD';
  const result = await inAgent(client, id, script);
  if (id === 'a' && result.exitCode === 0) acknowledged.push(result.stdout.trim());
  return result;
}

/** `a` is told what is wrong and its branch stays; `b` commits. */
async function expectOnlyRefused(text: RegExp): Promise<void> {
  const refused = await commit('a');
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(text);
  expect(await commit('b')).toMatchObject({ exitCode: 0 });
}

async function doctor(params: { readonly fix?: boolean; readonly deep?: boolean } = {}) {
  return (await client.call('daemon.doctor', params)).findings;
}

/** The ids of what is found, but of what is so on this machine. */
async function found(params = {}): Promise<readonly string[]> {
  const known = ['engine-outdated', 'file-system', 'disk-low'];
  return (await doctor(params)).map(({ id }) => id).filter((id) => !known.includes(id));
}

async function finding(id: string, params = {}): Promise<Finding | undefined> {
  return (await doctor(params)).find((one) => one.id === id);
}

/** Does it while no daemon runs; the containers run on. */
async function whileStopped(damage: () => Promise<void> | void): Promise<void> {
  await daemon.stop();
  await damage();
  await daemon.start();
  client = await daemon.connect();
}

async function expectDamaged(problem: RegExp, refusal = /repository r can not be used/): Promise<void> {
  const { repos, damaged } = await client.call('repo.list', {});
  expect(repos.map(({ id }) => id)).toEqual(['s']);
  expect(damaged).toMatchObject([{ id: 'r', error: expect.stringMatching(problem) as string }]);
  const advice = { code: 'state-damaged', hint: expect.stringMatching(/doctor/) as string };
  await expect(client.call('repo.show', { id: 'r' })).rejects.toMatchObject(advice);
  await expect(client.call('repo.remove', { id: 'r', force: true })).rejects.toMatchObject(advice);
  await expect(createAgent(client, 'c')).rejects.toMatchObject(advice);
  await expectOnlyRefused(refusal);
  expect(await finding('agent-repository')).toMatchObject({ severity: 'error', where: 'agent a' });
}

test('the record of a repository is damaged: others are served, --fix takes its second copy', async () => {
  const record = state('repos', 'r.json');
  await whileStopped(() => writeFileSync(record, readFileSync(record, 'utf8').slice(0, 60)));
  await expectDamaged(/not JSON/);
  expect(await finding('repo-damaged', { fix: true })).toMatchObject({
    where: record,
    fixed: 'the record is that of its second copy',
  });
});

test('HEAD and refs/ of a repository are gone: --fix makes them again, and then the branches', async () => {
  const before = await git(bare(), ['for-each-ref', 'refs/heads', 'refs/tags']);
  await whileStopped(() => {
    for (const name of ['HEAD', 'refs', 'packed-refs'])
      rmSync(join(bare(), name), { recursive: true, force: true });
  });
  await expectDamaged(/refs is missing|HEAD is missing/);
  expect(await finding('repo-damaged', { fix: true })).toMatchObject({
    fixed: expect.stringContaining('there again') as string,
  });
  expect(await finding('branch-lost', { fix: true })).toMatchObject({
    where: 'agent a',
    fixed: expect.stringContaining((acknowledged.at(-1) ?? '').slice(0, 12)) as string,
  });
  await client.call('repo.fetch', { id: 'r' });
  expect(await git(bare(), ['for-each-ref', 'refs/heads', 'refs/tags'])).toBe(before);
});

test('objects/ of a repository is gone: its history comes back from a clone, and the agents go on', async () => {
  await git(clone, ['fetch', '-q', bare(), '+refs/heads/*:refs/heads/backup/*']);
  await whileStopped(() => rmSync(join(bare(), 'objects'), { recursive: true }));
  await expectDamaged(/objects is missing/, /object directory .* does not exist/);
  const damaged = await finding('repo-damaged', { fix: true });
  expect(damaged).toMatchObject({
    fixed: null,
    advice: expect.stringContaining('docs/recovery.md') as string,
  });
  await client.call('agent.stop', { id: 'a' });
  await whileStopped(async () => {
    mkdirSync(join(bare(), 'objects/pack'), { recursive: true });
    await git('/', [`--git-dir=${bare()}`, 'fetch', '-q', clone, 'refs/heads/*:refs/rescue/*']);
  });
  expect(await found({ deep: true })).toEqual([]);
  for (const ref of (await git(bare(), ['for-each-ref', '--format=%(refname)', 'refs/rescue'])).split('\n'))
    await git(bare(), ['update-ref', '-d', ref]);
  await client.call('agent.start', { id: 'a' });
});

test('a bit flips in an object, a pack is cut short: named, commits that need them say so, and only those (CR-22)', async () => {
  await git(bare(), ['repack', '-q', '-d']);
  await commit('a');
  const before = await git(bare(), ['rev-parse', 'agent/a']);
  const tree = await git(bare(), ['rev-parse', 'agent/a^{tree}']);
  const loose = join(bare(), 'objects', tree.slice(0, 2), tree.slice(2));
  const name = readdirSync(join(bare(), 'objects/pack')).find((one) => one.endsWith('.pack')) ?? '';
  const pack = join(bare(), 'objects/pack', name);
  const whole = new Map([loose, pack].map((path) => [path, readFileSync(path)]));
  const flipped = Buffer.from(whole.get(loose) ?? []);
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
  await whileStopped(() => {
    for (const path of whole.keys()) chmodSync(path, 0o644);
    writeFileSync(loose, flipped);
    truncateSync(pack, 40);
  });
  await expectOnlyRefused(/loose object \S+ .* is corrupt/);
  expect(await git(bare(), ['rev-parse', 'agent/a'])).toBe(before);
  const findings = await doctor({ deep: true });
  expect(findings.find(({ id }) => id === 'repo-ref')).toMatchObject({
    where: bare(),
    what: expect.stringContaining('refs/heads/main') as string,
  });
  expect(findings.find(({ id }) => id === 'repo-fsck')).toMatchObject({
    severity: 'error',
    where: bare(),
    what: expect.stringContaining(tree) as string,
    advice: expect.stringMatching(/clone/) as string,
  });
  for (const [path, bytes] of whole) writeFileSync(path, bytes);
});

test('foreign settings in a repository are named, obeyed by nobody, and put aside', async () => {
  const path = join(bare(), 'config');
  const own = readFileSync(path, 'utf8');
  const mark = state('..', 'executed');
  writeFileSync(
    path,
    `${own}[core]\n\tfsmonitor = touch ${mark}\n\tsshCommand = touch ${mark}\n\thooksPath = /tmp\n`,
  );
  expect(await commit('a')).toMatchObject({ exitCode: 0 });
  expect(await finding('repo-config')).toMatchObject({ severity: 'warning', where: path });
  const fixed = await finding('repo-config', { fix: true });
  expect(fixed?.fixed).toBe(`put aside as ${state('repos', 'r.config.foreign')}`);
  expect(readFileSync(path, 'utf8')).toBe(own);
  expect(readFileSync(state('repos', 'r.config.foreign'), 'utf8')).toContain('fsmonitor = touch');
  expect(existsSync(mark)).toBe(false);
});

test('the audit log was changed further back: verify names the line, it is served and written on', async () => {
  const path = state('audit', readdirSync(state('audit')).filter((name) => name.endsWith('.jsonl'))[0] ?? '');
  const whole = readFileSync(path, 'utf8');
  const changed = whole.replace('"seq":2,', '"seq":2, ');
  await whileStopped(() => writeFileSync(path, changed));
  for (const id of ['a', 'b']) expect(await commit(id)).toMatchObject({ exitCode: 0 });
  expect(await client.call('audit.verify', {})).toMatchObject({
    valid: false,
    problem: { segment: path.split('/').at(-1), line: 3 },
  });
  expect(await finding('audit-broken', { fix: true })).toMatchObject({
    severity: 'error',
    where: path,
    what: expect.stringContaining('line ') as string,
    fixed: null,
  });
  await whileStopped(() => writeFileSync(path, readFileSync(path, 'utf8').replace('"seq":2, ', '"seq":2,')));
});

test.each(['workspace', 'gitdir'])(
  'the %s of an agent is deleted: told, not started, its branch stays',
  async (name) => {
    await createAgent(client, 'c');
    await inAgent(client, 'c', 'git commit -q --allow-empty -m kept');
    const tip = await git(bare(), ['rev-parse', 'agent/c']);
    rmSync(state('agents', 'c', name), { recursive: true });
    expect(await finding('agent-folder', { fix: true })).toMatchObject({
      where: state('agents', 'c'),
      what: expect.stringContaining(name) as string,
      advice: expect.stringContaining('gitisoctl agent remove --force c') as string,
      fixed: null,
    });
    for (const id of ['a', 'b']) expect(await commit(id)).toMatchObject({ exitCode: 0 });
    await client.call('agent.stop', { id: 'c' });
    await expect(client.call('agent.start', { id: 'c' })).rejects.toMatchObject({ code: 'runtime-failed' });
    await client.call('agent.remove', { id: 'c', force: true });
    expect(await git(bare(), ['rev-parse', 'agent/c'])).toBe(tip);
    await createAgent(client, 'c', { branch: 'agent/c' });
    expect((await inAgent(client, 'c', 'git rev-parse HEAD')).stdout.trim()).toBe(tip);
    await client.call('agent.remove', { id: 'c', force: true });
  },
);

asRoot('others have access to what is the daemon’s, or own it: told, and taken back', async () => {
  const open = [
    [state(), 0o777],
    [state('repos'), 0o777],
    [state('audit'), 0o755],
    [state('journal'), 0o750],
    [state('repos/r.json'), 0o644],
    [state('repos/r.json.copy'), 0o644],
    [state('agents/a/agent.json'), 0o660],
  ] as const;
  const modes = open.map(([path]) => statSync(path).mode);
  for (const [path, mode] of open) chmodSync(path, mode);
  chownSync(state('agents/b/agent.json'), 4242, 4242);
  const findings = await doctor({ fix: true });
  expect(findings.filter(({ id }) => id === 'permissions').map(({ where }) => where)).toEqual(
    open.map(([path]) => path),
  );
  expect(findings.find(({ id }) => id === 'owner')).toMatchObject({
    where: state('agents/b/agent.json'),
    what: expect.stringContaining('4242') as string,
  });
  expect(open.map(([path]) => statSync(path).mode)).toEqual(modes);
  expect(statSync(state('agents/b/agent.json')).uid).toBe(0);
});

test('an engine with known ways out of a container is named with what closes them', async () => {
  const versions = JSON.parse(await docker('version', '--format', '{{json .Server}}')) as {
    readonly Components: readonly { readonly Name: string; readonly Version: string }[];
  };
  const expected = engineWeaknesses(
    versions.Components.map(({ Name, Version }) => ({ name: Name, version: Version })),
  );
  const told = (await doctor()).filter(({ id }) => id === 'engine-outdated');
  expect(told.map(({ where, advice }) => ({ where, advice }))).toEqual(
    expected.map(({ where, advice }) => ({ where, advice })),
  );
});
