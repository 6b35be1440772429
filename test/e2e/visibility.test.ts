/**
 * What an agent can find out about others: from inside its container, by the image's own git and by reading every file
 * that is mounted, nothing of removed agents' snapshots; in a repository of private agents nothing of any other agent.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../client/rpc-client';
import { createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { fsckStrict, git, tryGit } from '../helpers/git';
import { makeRemote, makeRepo } from '../helpers/repo';
import { tempDir } from '../helpers/temp-dir';

let daemon: TestDaemon;
let client: RpcClient;
let remote: string;
/** Clones of the user's, by the repository that is made from them. */
const clones = { open: '', closed: '' };

const unknown = 'deadbeef'.repeat(5);

beforeAll(async () => {
  remote = await makeRemote(await makeRepo({ files: 3, commits: 2 }));
  daemon = await startDaemon();
  client = await daemon.connect();
  for (const id of ['open', 'closed'] as const) {
    clones[id] = join(tempDir(), id);
    await git('/', ['clone', '-q', remote, clones[id]]);
    await git(clones[id], ['branch', 'topic']);
    await client.call('repo.add', { location: clones[id], id, privateAgents: id === 'closed' });
  }
});

const state = (...names: readonly string[]) => join(daemon.stateDirectory, ...names);
const host = (gitDir: string, ...args: readonly string[]) => git('/', [`--git-dir=${gitDir}`, ...args]);

/** Everything git can read in an agent's container, with the contents of all objects, and the names of all files. */
async function everything(id: string): Promise<string> {
  const raw = '/usr/bin/git --git-dir';
  return inAgentOk(
    client,
    id,
    [
      // Each git directory there is: the agent's own, and what is mounted.
      `for dir in /workspace/.git /gitiso/shared; do
         ${raw}=$dir for-each-ref; ${raw}=$dir cat-file --batch-all-objects --batch --unordered
       done`,
      `[ ! -d /gitiso/base ] || GIT_OBJECT_DIRECTORY=/gitiso/base ${raw}=/workspace/.git cat-file --batch-all-objects --batch`,
      'find /gitiso /workspace /home /tmp /run 2>/dev/null',
      'cat $(find /gitiso/shared /gitiso/etc /workspace/.git -type f ! -path "*/objects/*")',
      'cat /proc/self/mountinfo',
    ].join('\n'),
  );
}

/** A message without what differs between two object ids and two runs. */
const uniform = (text: string, oid: string) =>
  text.replaceAll(oid, '<oid>').replaceAll(oid.slice(0, 7), '<short>');

describe('a snapshot of a removed agent', () => {
  const words = ['untracked-secret', 'staged-secret', 'stashed-secret'];

  test('is in no container of the repository, and the agent gets all of it back', async () => {
    await createAgent(client, 'gone', { repo: 'open' });
    await createAgent(client, 'reader', { repo: 'open' });
    await inAgentOk(
      client,
      'gone',
      `echo ${words[2] ?? ''} > f; git add f; git stash -q
       echo ${words[0] ?? ''} > new; echo ${words[1] ?? ''} > staged; git add staged`,
    );
    const look = 'git status --porcelain; cat new staged; git stash show -p';
    const before = await inAgentOk(client, 'gone', look);
    expect(before).toMatch(/^A {2}staged\n[^]*untracked-secret\nstaged-secret\n[^]*stashed-secret/);
    const { snapshot } = await client.call('agent.remove', { id: 'gone', force: true });
    expect(snapshot).toBe('refs/gitiso/snapshots/gone/1');

    const commit = await host(state('attic', 'open.git'), 'rev-parse', snapshot ?? '');
    for (const id of ['reader', (await createAgent(client, 'late', { repo: 'open' })).id]) {
      const seen = await everything(id);
      for (const word of [...words, 'refs/gitiso', commit]) expect(seen).not.toContain(word);
    }
    await fsckStrict(state('repos', 'open.git'));
    await fsckStrict(state('attic', 'open.git'));
    expect(await host(state('repos', 'open.git'), 'for-each-ref', 'refs/gitiso')).toBe('');

    await client.call('agent.restore', { id: 'gone' });
    expect(await inAgentOk(client, 'gone', look)).toBe(before);
    const seen = await everything('reader');
    for (const word of words) expect(seen).not.toContain(word);
  });
});

describe('a private agent', () => {
  let oids: Record<'commit' | 'blob' | 'topic' | 'tag', string>;

  beforeAll(async () => {
    await createAgent(client, 'a', { repo: 'closed' });
    await createAgent(client, 'b', { repo: 'closed' });
    const list = await inAgentOk(
      client,
      'a',
      `echo alpha-secret > alpha && git add alpha && git commit -q -m alpha-message
       git switch -q -c alpha-topic && echo beta-secret > beta && git add beta && git commit -q -m beta-message
       git tag -a -m gamma-message alpha-tag && git switch -q agent/a && git merge -q --no-ff -m merged alpha-topic
       git push -q origin agent/a alpha-topic alpha-tag && git fetch -q
       echo delta-secret > delta && git add delta
       git rev-parse HEAD HEAD:alpha alpha-topic alpha-tag`,
    );
    const [commit = '', blob = '', topic = '', tag = ''] = list.split('\n');
    oids = { commit, blob, topic, tag };
    for (const oid of Object.values(oids)) expect(oid).toMatch(/^[0-9a-f]{40}$/);
  });

  const words = ['alpha', 'beta', 'gamma', 'delta', 'agent/a', '/a.', 'refs/gitiso'];

  async function expectNothingOfA(id = 'b'): Promise<void> {
    const seen = await everything(id);
    for (const word of [...words, ...Object.values(oids)]) expect(seen).not.toContain(word);
  }

  test('works as in a shared repository: its own refs, those of the base, its remote', async () => {
    expect(await inAgentOk(client, 'a', "git for-each-ref --format='%(refname)'")).toBe(
      [
        ...['refs/heads/agent/a', 'refs/heads/alpha-topic', 'refs/heads/main', 'refs/heads/topic'],
        ...['refs/remotes/origin/agent/a', 'refs/remotes/origin/alpha-topic', 'refs/remotes/origin/main'],
        'refs/tags/alpha-tag',
      ].join('\n'),
    );
    expect(
      await inAgentOk(client, 'a', 'git fsck --strict 2>&1; git status --porcelain; git count-objects -v'),
    ).toContain('A  delta');
    expect(await host(remote, 'rev-parse', 'alpha-topic')).toBe(oids.topic);
    const raw = await inAgent(client, 'a', '/usr/bin/git --git-dir=/gitiso/shared fsck --strict');
    expect(raw).toMatchObject({ exitCode: 0, stderr: '' });
    for (const folder of ['/gitiso/base', '/gitiso/shared'])
      expect((await inAgent(client, 'a', `touch ${folder}/x`)).stderr).toContain('Read-only file system');
  });

  test('sees no ref, object or content of another, and nothing at the remote that another made', async () => {
    await expectNothingOfA();
    await inAgentOk(client, 'b', 'git fetch -q --tags && git fetch -q origin "+refs/*:refs/remotes/all/*"');
    expect(await inAgentOk(client, 'b', 'git ls-remote origin')).not.toMatch(/alpha|agent\/a/);
    await expectNothingOfA();
  });

  test('is told of an object that another has just what it is told of one that nobody has', async () => {
    const attempts = [
      (oid: string) => `/usr/bin/git cat-file -t ${oid}`,
      (oid: string) => `git fetch origin ${oid}`,
      (oid: string) => `git -c protocol.version=0 fetch origin ${oid}`,
      (oid: string) => `git fetch --depth=1 origin ${oid}`,
      (oid: string) => `git update-ref refs/heads/thief ${oid}`,
      // Past git's own check: a ref file that the shim proposes at the next command.
      (oid: string) => `echo ${oid} > .git/refs/heads/thief; git branch --list; rm -f .git/refs/heads/thief`,
      (oid: string) => `git push origin ${oid}:refs/heads/thief`,
      // A commit of its own with a parent that it does not have, in the same way.
      (oid: string) =>
        `c=$(git cat-file commit HEAD | sed "s/^parent .*/parent ${oid}/" | git hash-object -t commit -w --literally --stdin)
         echo $c > .git/refs/heads/thief; git branch --list 2>&1 | sed "s/$c/<new>/g"
         rm -f .git/refs/heads/thief .git/objects/$(echo $c | sed 's:^..:&/:')`,
      (oid: string) => `git update-index --add --cacheinfo 100644,${oid},x; git commit -m x; git reset -q`,
    ];
    const ask = async (oid: string) => {
      const script = attempts.map((attempt) => `echo '##'; (${attempt(oid)}) 2>&1; echo "= $?"`).join('\n');
      return uniform(await inAgentOk(client, 'b', script), oid).split('##');
    };
    const answers = await ask(unknown);
    expect(answers).toHaveLength(attempts.length + 1);
    for (const answer of answers.slice(1)) expect(answer).toMatch(/(fatal|error): .*\n[^]*= [0-9]+/);
    for (const oid of Object.values(oids)) expect(await ask(oid)).toEqual(answers);
    await expectNothingOfA();
  });

  test("can not make a branch of another's name, nor one above or below it, and may have a tag of the same", async () => {
    for (const name of ['alpha-topic', 'alpha-topic/x']) {
      const refused = await inAgent(client, 'b', `git branch ${name}`);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain(`the name '${name}' is taken (name-taken)`);
    }
    // Names below agent/ are told apart by nobody: there are agents of them or not.
    const told = async (name: string) =>
      (await inAgent(client, 'b', `git branch ${name}`)).stderr.replaceAll(name, '');
    expect(await told('agent/a')).toBe(await told('agent/nobody'));
    const pushed = await inAgent(client, 'b', 'git push origin HEAD:refs/heads/alpha-topic');
    expect(pushed.stderr).toContain('foreign-branch');
    expect(await host(remote, 'rev-parse', 'alpha-topic')).toBe(oids.topic);
    await inAgentOk(
      client,
      'b',
      'git tag alpha-tag && git tag -d alpha-tag && git branch mine && git branch -D mine',
    );
    expect(await inAgentOk(client, 'a', 'git rev-parse alpha-tag')).toBe(oids.tag);
  });

  test("leaves the repository itself without a trace, also when the user's clone and the remote have its branches", async () => {
    const published = async () => tryGit(clones.closed, ['rev-parse', 'alpha-topic']);
    while ((await published()).stdout.trim() !== oids.topic) await sleep(50);
    await git(clones.closed, ['fetch', '-q', '--tags', 'origin']);
    await git(clones.closed, ['commit', '-q', '--allow-empty', '-m', 'by the user']);
    await client.call('repo.fetch', { id: 'closed' });
    const base = state('repos', 'closed.git');
    const seen = await host(base, 'cat-file', '--batch-all-objects', '--batch-check');
    for (const oid of Object.values(oids)) expect(seen).not.toContain(oid);
    expect(await host(base, 'for-each-ref')).not.toMatch(/alpha|agent/);
    // What the user does is shown to all.
    expect(await inAgentOk(client, 'b', 'git log -1 --format=%s main')).toBe('by the user');
    await expectNothingOfA();
  });

  test('is itself again after the daemon was killed, and after it was removed and restored', async () => {
    await daemon.kill();
    await daemon.start();
    client = await daemon.connect();
    await inAgentOk(client, 'a', 'git commit -q -m epsilon-message');
    await inAgentOk(client, 'b', 'git commit -q --allow-empty -m of-b');
    await inAgentOk(client, 'a', 'echo zeta-secret > zeta; git add zeta; git checkout -q --detach');
    await client.call('agent.remove', { id: 'a', force: true });
    expect(readdirSync(state('private', 'closed')).filter((name) => name.startsWith('a.'))).toEqual([]);
    await fsckStrict(state('attic', 'closed.git'));
    words.push('epsilon', 'zeta');
    await createAgent(client, 'c', { repo: 'closed' });
    for (const id of ['b', 'c']) await expectNothingOfA(id);
    const taken = await inAgent(client, 'c', 'git branch alpha-topic');
    expect(taken.stderr).toContain("the name 'alpha-topic' is taken");
    await client.call('repo.fetch', { id: 'closed' });
    expect(await git(clones.closed, ['rev-parse', 'alpha-topic'])).toBe(oids.topic);

    await client.call('agent.restore', { id: 'a' });
    expect(
      await inAgentOk(
        client,
        'a',
        'git status --porcelain; git log -1 --format=%s; git rev-parse alpha-topic alpha-tag',
      ),
    ).toBe(`A  zeta\nepsilon-message\n${oids.topic}\n${oids.tag}`);
    await inAgentOk(
      client,
      'a',
      'git switch -q agent/a && git commit -q -m eta && git branch -D alpha-topic && git push -q',
    );
    for (const id of ['b', 'c']) await expectNothingOfA(id);
    const base = await host(state('repos', 'closed.git'), 'cat-file', '--batch-all-objects', '--batch-check');
    for (const oid of Object.values(oids)) expect(base).not.toContain(oid);
    expect(existsSync(state('attic', 'closed.git'))).toBe(true);
    for (const name of readdirSync(state('private', 'closed')).filter((one) => one.endsWith('.git')))
      await fsckStrict(state('private', 'closed', name));
    expect((await client.call('audit.verify', {})).valid).toBe(true);
  });
});

test("a private agent whose origin is the user's clone finds nothing there that another has pushed", async () => {
  const clone = await makeRepo({ files: 2 });
  await client.call('repo.add', { location: clone, id: 'origin', privateAgents: true });
  for (const id of ['d', 'e']) await createAgent(client, id, { repo: 'origin' });
  const script =
    'git commit -q --allow-empty -m theta && git push -q origin HEAD:theta && git rev-parse HEAD';
  const made = await inAgentOk(client, 'd', script);
  expect(await git(clone, ['rev-parse', 'theta'])).toBe(made);
  await git(clone, ['branch', 'for-all']);
  const fetched = await inAgentOk(client, 'e', 'git fetch -q && git ls-remote origin');
  expect(fetched).toContain('refs/heads/for-all');
  const refused = await inAgent(client, 'e', `git fetch origin ${made}`);
  expect(refused.stderr).toContain('not our ref');
  await client.call('repo.fetch', { id: 'origin' });
  const seen = (await everything('e')) + (await host(state('repos', 'origin.git'), 'for-each-ref'));
  for (const word of [made, 'theta', 'agent/d']) expect(seen + fetched).not.toContain(word);
  expect(await inAgentOk(client, 'd', 'git fetch -q && git rev-parse origin/theta')).toBe(made);
});

test("a private agent's branch that was deleted by hand is told and made again", async () => {
  const before = await inAgentOk(client, 'd', 'git rev-parse HEAD');
  const [folder = ''] = readdirSync(state('private', 'origin')).filter((name) => /^d\..*\.git$/.test(name));
  const store = state('private', 'origin', folder);
  await host(store, 'update-ref', '-d', 'refs/heads/agent/d');
  const { findings } = await client.call('daemon.doctor', { fix: true });
  expect(findings.find(({ id }) => id === 'branch-lost')).toMatchObject({
    where: 'agent d',
    fixed: expect.stringContaining(before.slice(0, 12)) as string,
  });
  expect(await host(store, 'rev-parse', 'refs/heads/agent/d')).toBe(before);
});
