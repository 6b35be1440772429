import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRecord } from '../../../../daemon/agents/agent-registry';
import {
  discardPrivateStore,
  makePrivateStore,
  tidyPrivateStores,
} from '../../../../daemon/repos/private-store';
import { publishBranches } from '../../../../daemon/repos/publish';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';
import { privateStoreOf } from '../../../../daemon/stores';
import type { AgentId, RefName } from '../../../../shared/ids';
import { failingGit } from '../../../helpers/failing-git';
import { fsckStrict, git, tryGit } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { agentOf, makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';

let fixture: ReposFixture;
let clone: string;
let record: RepoRecord;
let agent: AgentRecord;
let store: string;
let orphan: string;

const generation = '0123456789abcdef';

beforeAll(async () => {
  fixture = await makeReposFixture();
  clone = await makeRepo({ files: 3, commits: 2 });
  await git(clone, ['branch', 'old', 'main~1']);
  orphan = await git(clone, ['hash-object', '-w', '--stdin'], { stdin: 'what a deleted branch had' });
  record = await fixture.add(clone, { id: 'r', privateAgents: true });
  const id = 'a' as AgentId;
  agent = {
    ...agentOf(record.id, id),
    generation,
    store: privateStoreOf(record.id, { id, generation }),
    ownRefs: ['refs/heads/topic' as RefName],
  };
  fixture.agents.push(agent);
  await makePrivateStore(fixture.context, agent);
  store = fixture.context.layout.storeGit(agent.store);
});

const refs = (gitDir: string) => git(gitDir, ['for-each-ref', '--format=%(refname) %(objectname)']);

/** A commit on a branch of the agent's, as the daemon makes it. */
async function commit(ref: string, content: string): Promise<string> {
  const blob = await git(store, ['hash-object', '-w', '--stdin'], { stdin: content });
  const tree = await git(store, ['mktree'], { stdin: `100644 blob ${blob}\tf\n` });
  const made = await git(store, ['commit-tree', '-p', 'main', '-m', content, tree]);
  await git(store, ['update-ref', ref, made]);
  return made;
}

async function expectAbsent(id: string): Promise<void> {
  expect((await tryGit(record.directory, ['cat-file', '-e', id])).exitCode).not.toBe(0);
  expect(await refs(record.directory)).not.toMatch(/agent|topic/);
}

test('begins with the refs of the repository and its objects, borrowed', async () => {
  expect(await refs(store)).toBe(await refs(record.directory));
  expect(await git(store, ['count-objects', '-v'])).toContain('count: 0\nsize: 0\nin-pack: 0');
  await fsckStrict(store);
});

test('what no ref of the clone leads to is not in the repository', async () => {
  await expectAbsent(orphan);
});

test('follows the repository, but for its own refs and branches that are ahead', async () => {
  const own = await commit('refs/heads/topic', 'own');
  const ahead = await commit('refs/heads/old', 'ahead, as after a fetch from the remote');
  await git(clone, ['commit', '-q', '--allow-empty', '-m', 'three']);
  for (const [name, from] of [
    ['topic', 'main'],
    ['fresh', 'main'],
    ['old', 'main~1'],
  ] as const)
    await git(clone, ['branch', '-f', name, from]);
  await fixture.service.syncClone(record.id);
  const seen = await refs(store);
  for (const line of [`refs/heads/topic ${own}`, `refs/heads/old ${ahead}`]) expect(seen).toContain(line);
  const main = await git(clone, ['rev-parse', 'main']);
  for (const ref of ['main', 'fresh']) expect(seen).toContain(`refs/heads/${ref} ${main}`);
  await expectAbsent(own);
  await git(clone, ['branch', '-D', 'topic']);
});

test('what is published to the clone never comes back, whenever the daemon is killed meanwhile', async () => {
  const { context, service } = fixture;
  let calls = 0;
  for (let isOver = false; !isOver; calls += 1) {
    const made = await commit('refs/heads/agent/a', `work ${String(calls)}`);
    const killed = failingGit(context.git, calls);
    await publishBranches({ ...context, git: killed.git }, record).catch(() => undefined);
    isOver = !killed.hasFailed();
    await service.syncClone(record.id);
    await expectAbsent(made);
    if (isOver) expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(made);
    else await tryGit(clone, ['update-ref', '-d', 'refs/heads/agent/a']);
  }
  expect(calls).toBeGreaterThan(4);
  // Also after the agent has given the name up, until the clone has lost the branch.
  fixture.agents[0] = { ...agent, ref: 'refs/heads/elsewhere' as RefName };
  await service.syncClone(record.id);
  expect(await refs(record.directory)).not.toContain('agent/a');
  await publishBranches(context, record);
  expect(await git(clone, ['branch', '--list', 'agent/a'])).toBe('');
  await fsckStrict(join(clone, '.git'));
}, 120_000);

/** Every object that the refs of a store lead to. */
const reachable = async (gitDir: string) =>
  (await git(gitDir, ['rev-list', '--objects', '--no-object-names', '--all'])).split('\n').sort();

test('AL-07 nothing that a member borrows is pruned, whatever branch goes and however often git tidies up', async () => {
  const base = record.directory;
  const borrowed = new Set<string>();
  for (let round = 0; round < 6; round += 1) {
    const blob = await git(base, ['hash-object', '-w', '--stdin'], { stdin: `of round ${String(round)}` });
    const tree = await git(base, ['mktree'], { stdin: `100644 blob ${blob}\tf\n` });
    const tip = await git(base, ['commit-tree', '-p', 'main', '-m', String(round), tree]);
    await git(base, ['update-ref', 'refs/heads/passing', tip]);
    // The member's branch grows on what only this branch of the repository leads to.
    const made = await git(store, ['commit-tree', '-p', tip, '-m', `on ${String(round)}`, tree]);
    await git(store, ['update-ref', 'refs/heads/topic', made]);
    for (const id of await reachable(store)) borrowed.add(id);
    await git(base, ['update-ref', '-d', 'refs/heads/passing']);
    // As an operator or a timer would, with the settings of the repository.
    if (round % 3 === 0) await git(base, ['reflog', 'expire', '--expire=now', '--all']);
    if (round % 2 === 0) await git(base, ['gc', '-q']);
    else
      await git(base, ['maintenance', 'run', '--quiet', '--task=loose-objects', '--task=incremental-repack']);
  }
  const stdin = [...borrowed].map((id) => `${id}\n`).join('');
  const answers = await git(store, ['cat-file', '--batch-check'], { stdin });
  expect(answers.split('\n').filter((line) => line.endsWith(' missing'))).toEqual([]);
  await fsckStrict(store);
  await fsckStrict(base);
}, 120_000);

test('AL-08 a kill while a member is made or taken away leaves it whole or not there', async () => {
  const { context } = fixture;
  const id = 'b' as AgentId;
  const member = {
    ...agentOf(record.id, id),
    generation,
    store: privateStoreOf(record.id, { id, generation }),
  };
  const gitDir = context.layout.storeGit(member.store);
  const before = await reachable(record.directory);
  let calls = 0;
  for (let isOver = false; !isOver; calls += 1) {
    const killed = failingGit(context.git, calls);
    await makePrivateStore({ ...context, git: killed.git }, member).catch(() => undefined);
    isOver = !killed.hasFailed();
    expect(existsSync(gitDir)).toBe(isOver);
    // The next start.
    await tidyPrivateStores(context.layout, record.id);
    await makePrivateStore(context, member);
    expect(await refs(gitDir)).toBe(await refs(record.directory));
    await fsckStrict(gitDir);
    await discardPrivateStore(context.layout, member);
    expect(existsSync(gitDir)).toBe(false);
  }
  expect(calls).toBeGreaterThan(2);
  // In the middle of its removal: it has lost its name, its files are there.
  await makePrivateStore(context, member);
  const going = join(gitDir, '../.removed-x');
  mkdirSync(going);
  renameSync(gitDir, join(going, 'repository.git'));
  await tidyPrivateStores(context.layout, record.id);
  expect(readdirSync(join(gitDir, '..')).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await reachable(record.directory)).toEqual(before);
  await fsckStrict(store);
  await fsckStrict(record.directory);
}, 120_000);
