/** Every test case and validation point of the second seed (the worktree isolation gap assessment), by name. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { docker } from '../helpers/docker-socket';
import { fsckStrict, git } from '../helpers/git';
import { makeRemote, makeRepo } from '../helpers/repo';

let daemon: TestDaemon;
let client: RpcClient;
let clone: string;
let remote: string;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  clone = await makeRepo({ files: 20 });
  remote = await makeRemote(clone);
  await git(clone, ['remote', 'add', 'origin', remote]);
  await addRepo(client, clone);
});

function workspace(id: string): string {
  return join(daemon.stateDirectory, 'agents', id, 'workspace');
}

async function hostGitWorks(id: string): Promise<void> {
  const bare = join(daemon.stateDirectory, 'repos', 'r.git');
  expect(await git(workspace(id), ['status', '--porcelain'])).toBe('');
  expect(await git(workspace(id), ['rev-parse', '--abbrev-ref', 'HEAD'])).toBe(`agent/${id}`);
  expect(await git(workspace(id), ['log', '-1', '--format=%s'])).not.toBe('');
  expect(await git(bare, ['branch', '--list', `agent/${id}`])).toMatch(`agent/${id}`);
  expect(await git(clone, ['status', '--porcelain'])).toBe('');
  expect(await git(clone, ['branch', '--show-current'])).toBe('main');
}

describe('phase 1: no host path leakage', () => {
  test('host git status, log and branch work while the container runs', async () => {
    await createAgent(client, 'leak');
    await inAgentOk(client, 'leak', 'git status && git log --oneline && git branch -a');
    await hostGitWorks('leak');
  });

  test('host git status and log work after a clean container exit', async () => {
    await client.call('agent.stop', { id: 'leak' });
    await hostGitWorks('leak');
    await client.call('agent.start', { id: 'leak' });
  });

  test('host git status and log work after the container was killed with SIGKILL', async () => {
    const { agent } = await client.call('agent.show', { id: 'leak' });
    await docker('kill', '-s', 'KILL', agent.containerId ?? '');
    await hostGitWorks('leak');
  });

  test("no container path is ever written into host git metadata, nor into the user's clone", async () => {
    const found = [
      join(daemon.stateDirectory, 'repos'),
      join(clone, '.git'),
      join(daemon.stateDirectory, 'agents', 'leak', 'workspace', '.git'),
    ].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('/objects'))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => readFileSync(path, 'latin1').includes('/gitiso/')),
    );
    expect(found).toEqual([]);
  });

  test('container git status works and writes nothing on the host', async () => {
    await createAgent(client, 'reader');
    expect(await inAgentOk(client, 'reader', 'git status --porcelain')).toBe('');
  });

  test('container git log works', async () => {
    expect(await inAgentOk(client, 'reader', 'git log -1 --format=%s')).toBe('commit 1');
  });

  test('container git diff works', async () => {
    expect(await inAgentOk(client, 'reader', 'echo more >> dir-0/file-1.txt && git diff --stat')).toMatch(
      /1 file changed, 1 insertion/,
    );
  });

  test("container git add works and stages in the agent's own index", async () => {
    await inAgentOk(client, 'reader', 'git add dir-0/file-1.txt');
    expect(await inAgentOk(client, 'reader', 'git status --porcelain')).toBe('M  dir-0/file-1.txt');
  });
});

describe('phase 2: commits through the gateway', () => {
  test('a gateway commit creates a valid commit object', async () => {
    await createAgent(client, 'author', { author: { name: 'Ada Agent', email: 'ada@agents.example' } });
    await inAgentOk(client, 'author', 'echo staged > in.txt && echo unstaged > out.txt && git add in.txt');
    const output = await inAgentOk(client, 'author', "git commit -m 'Subject ünicode' -m 'Body line.'");
    expect(output).toMatch(
      /^\[agent\/author [0-9a-f]{7}\] Subject ünicode\n 1 file changed, 1 insertion\(\+\)\n create mode 100644 in.txt$/,
    );
    await fsckStrict(join(daemon.stateDirectory, 'repos', 'r.git'));
  });

  test('the commit author is set correctly', async () => {
    expect(await git(workspace('author'), ['log', '-1', '--format=%an <%ae>'])).toBe(
      'Ada Agent <ada@agents.example>',
    );
  });

  test('the commit message is preserved byte for byte', async () => {
    expect(await git(workspace('author'), ['log', '-1', '--format=%B'])).toBe(
      'Subject ünicode\n\nBody line.\n',
    );
  });

  test('staged files are included in the commit', async () => {
    expect(await git(workspace('author'), ['show', 'HEAD:in.txt'])).toBe('staged');
  });

  test('unstaged files are not included', async () => {
    expect(await git(workspace('author'), ['ls-tree', '--name-only', 'HEAD'])).not.toMatch(/out\.txt/);
    expect(await inAgentOk(client, 'author', 'git status --porcelain')).toBe('?? out.txt');
  });

  test('the commit is visible in git log, in the container and on the host', async () => {
    const head = await inAgentOk(client, 'author', 'git log -1 --format=%H');
    expect(await git(workspace('author'), ['rev-parse', 'HEAD'])).toBe(head);
    expect(await git(join(daemon.stateDirectory, 'repos', 'r.git'), ['rev-parse', 'agent/author'])).toBe(
      head,
    );
  });

  test('the commit can be pushed', async () => {
    await inAgentOk(client, 'author', 'git push origin agent/author');
    expect(await git(remote, ['rev-parse', 'agent/author'])).toBe(
      await git(workspace('author'), ['rev-parse', 'HEAD']),
    );
  });
});

describe('phase 3: the git wrapper', () => {
  test('git commit -m routes to the gateway', async () => {
    const before = await client.call('audit.tail', { limit: 1 });
    await inAgentOk(client, 'author', 'git add out.txt && git commit -m routed');
    const { records } = await client.call('audit.tail', { limit: 1 });
    expect(records[0]).toMatchObject({
      agent: 'author',
      method: 'commit.create',
      verdict: 'accepted',
      argv: ['commit', '-m', 'routed'],
    });
    expect(records[0]?.seq).toBe((before.records[0]?.seq ?? 0) + 1);
  });

  test('git commit without a message (interactive) ends clearly and changes nothing', async () => {
    const head = await git(workspace('author'), ['rev-parse', 'HEAD']);
    const result = await inAgent(client, 'author', 'echo x > x && git add x && git commit');
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/-m|-F/);
    expect(await git(workspace('author'), ['rev-parse', 'HEAD'])).toBe(head);
  });

  test('error messages propagate to the container', async () => {
    const nothing = await inAgent(client, 'author', 'git reset -q -- x; git commit -m nothing');
    expect(nothing.exitCode).toBe(1);
    expect(nothing.stdout).toMatch(/nothing added to commit but untracked files present/);
    const protectedBranch = await inAgent(
      client,
      'author',
      'git switch -q main && git add x && git commit -m forbidden',
    );
    expect(protectedBranch.exitCode).not.toBe(0);
    expect(protectedBranch.stderr).toMatch(/branch 'main' is protected/);
    await inAgentOk(client, 'author', 'git rm -q --cached x && git switch -q agent/author');
  });

  test('a commit that bypasses the wrapper is decided by the daemon all the same', async () => {
    await inAgentOk(client, 'author', 'git add x && /usr/bin/git commit -qm bypass');
    const { records } = await client.call('audit.tail', { limit: 1 });
    expect(records[0]).toMatchObject({ method: 'transaction.propose', verdict: 'accepted', agent: 'author' });
    const head = await git(workspace('author'), ['rev-parse', 'HEAD', 'main']);
    const result = await inAgent(
      client,
      'author',
      '/usr/bin/git checkout -q main && /usr/bin/git commit --allow-empty -m bypass',
    );
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/refs\/heads\/main: branch 'main' is protected/);
    expect(await git(workspace('author'), ['rev-parse', 'HEAD', 'main'])).toBe(head);
    await inAgentOk(client, 'author', 'git switch -q agent/author');
  });

  test('a ref that is written without git is not written at all', async () => {
    const result = await inAgent(client, 'author', 'git rev-parse HEAD~1 > .git/refs/heads/agent/author');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/Read-only file system/);
  });
});

describe('integration', () => {
  test('full workflow: edit, add, commit, push', async () => {
    await createAgent(client, 'flow');
    await inAgentOk(
      client,
      'flow',
      'echo work > work.txt && git add work.txt && git commit -m work && git push -u origin HEAD',
    );
    expect(await git(remote, ['log', '-1', '--format=%s', 'agent/flow'])).toBe('work');
    expect(await inAgentOk(client, 'flow', 'git status -sb | head -1')).toBe(
      '## agent/flow...origin/agent/flow',
    );
  });

  test('concurrent commits from multiple containers all arrive', async () => {
    const ids = ['c1', 'c2', 'c3', 'c4'];
    await client.call('agent.createMany', {
      agents: ids.map((id) => ({ id, repo: 'r', network: 'none' as const })),
    });
    const script =
      'for i in 1 2 3 4 5; do echo $i > f$i && git add f$i && git commit -qm "commit $i" || exit 1; done';
    await Promise.all(ids.map((id) => inAgentOk(client, id, script)));
    for (const id of ids) expect(await git(workspace(id), ['rev-list', '--count', 'main..HEAD'])).toBe('5');
  });

  test('a commit is visible across containers at once, without a fetch', async () => {
    const head = await inAgentOk(client, 'c1', 'git rev-parse HEAD');
    expect(await inAgentOk(client, 'c2', 'git log -1 --format=%H agent/c1')).toBe(head);
    expect(await inAgentOk(client, 'c2', 'git show agent/c1:f5')).toBe('5');
  });

  test("an agent's branch appears in the user's clone as an ordinary ref within a second or so", async () => {
    const head = await inAgentOk(
      client,
      'c1',
      'git commit -q --allow-empty -m published && git rev-parse HEAD',
    );
    await untilEqual(() => git(clone, ['rev-parse', 'refs/heads/agent/c1']).catch(() => ''), head);
    await fsckStrict(clone);
  });
});

async function untilEqual(read: () => Promise<string>, expected: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  let value = await read();
  while (value !== expected && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await read();
  }
  expect(value).toBe(expected);
}
