/** Agents in containers without a network, whose remote is behind an ssh server that only the host can enter. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../../helpers/agents';
import { startDaemon } from '../../helpers/daemon';
import { fsckStrict, git } from '../../helpers/git';
import { makeRemote, makeRepo } from '../../helpers/repo';
import { sshd, startSshServer, type SshServer } from '../../helpers/ssh-server';
import { testIf } from '../../helpers/test-if';
import { containing } from '../../helpers/text-matchers';

const test = testIf(sshd !== undefined, 'there is no sshd');

let server: SshServer;
let upstream: string;
let remote: string;
let client: RpcClient;
let url: string;

beforeAll(async () => {
  if (sshd === undefined) return;
  server = await startSshServer();
  upstream = await makeRepo({ commits: 3 });
  await git(upstream, ['branch', 'topic', 'main~1']);
  remote = await makeRemote(upstream);
  await git(remote, ['config', 'receive.advertisePushOptions', 'true']);
  const daemon = await startDaemon({ env: { GIT_SSH_COMMAND: server.sshCommand } });
  client = await daemon.connect();
  url = `${server.origin}${remote}`;
  await addRepo(client, url);
  await createAgent(client, 'a');
});
afterAll(() => server.close());

describe('git in a container and its remote', () => {
  test('fetch, pull, push and look as in a plain clone', async () => {
    expect(
      await inAgentOk(client, 'a', 'git remote -v; git config --get-regexp "vcs|insteadof" || true'),
    ).toBe(`origin\t${url} (fetch)\norigin\t${url} (push)`);
    expect(await inAgentOk(client, 'a', 'git ls-remote --heads origin')).toContain('refs/heads/topic');
    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'four']);
    await git(upstream, ['tag', 'v4']);
    await git(upstream, ['push', '-q', remote, 'main', 'v4']);
    const fetched = await inAgent(client, 'a', 'git fetch');
    expect(fetched).toMatchObject({ exitCode: 0 });
    expect(fetched.stderr).toMatch(
      /^From ssh:\/\/.*\n {3}\w+\.\.\w+ +main +-> origin\/main\n \* \[new tag\] +v4 +-> v4\n$/,
    );
    expect(await inAgent(client, 'a', 'git tag -d v4')).toMatchObject({
      exitCode: 128,
      stderr: containing("tag 'v4' is not yours"),
    });
    expect(await inAgentOk(client, 'a', 'git pull --ff-only origin main; git log -1 --format=%s')).toContain(
      'four',
    );
    expect(await inAgentOk(client, 'a', 'find .git/objects -name "*.pack" | wc -l')).toBe('0');

    expect(
      await inAgent(client, 'a', 'echo a > a && git add a && git commit -qm mine && git push -u origin HEAD'),
    ).toMatchObject({
      exitCode: 0,
      stderr: containing(' * [new branch]      HEAD -> agent/a\n'),
    });
    expect(await git(remote, ['log', '-1', '--format=%s', 'agent/a'])).toBe('mine');
    expect(await inAgentOk(client, 'a', 'git status -sb')).toBe('## agent/a...origin/agent/a');

    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'five']);
    await git(upstream, ['push', '-q', remote, 'main']);
    expect(await inAgentOk(client, 'a', 'git pull -q --rebase origin main && git log --format=%s -2')).toBe(
      'mine\nfive',
    );
    expect(await inAgent(client, 'a', 'git push')).toMatchObject({
      exitCode: 1,
      stderr: containing('non-fast-forward'),
    });
    expect(await inAgent(client, 'a', 'git push --force-with-lease -o ci.skip')).toMatchObject({
      exitCode: 0,
    });
    expect(
      await inAgentOk(
        client,
        'a',
        'git clone -q $(git config remote.origin.url) /tmp/clone && git -C /tmp/clone log -1 --format=%s origin/agent/a',
      ),
    ).toBe('mine');
    expect(await inAgentOk(client, 'a', 'git fsck 2>&1 | grep -v dangling || true')).toBe('');
    await fsckStrict(remote);
  });

  test('tells what the server and the policy refuse, and records the latter', async () => {
    writeFileSync(join(remote, 'hooks/pre-receive'), '#!/bin/sh\necho no pushes on sundays >&2\nexit 1\n');
    chmodSync(join(remote, 'hooks/pre-receive'), 0o755);
    const refused = await inAgent(client, 'a', 'git commit -q --allow-empty -m six; git push');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^remote: no pushes on sundays *$/m);
    expect(refused.stderr).toContain('(pre-receive hook declined)');
    rmSync(join(remote, 'hooks/pre-receive'));
    expect(await inAgent(client, 'a', 'git push origin HEAD:main')).toMatchObject({
      exitCode: 1,
      stderr: containing(
        "! [remote rejected] HEAD -> main (gitiso: protected-branch: branch 'main' is protected)",
      ),
    });
    const { records } = await client.call('audit.tail', { limit: 1 });
    expect(records).toMatchObject([
      { agent: 'a', method: 'remote.connect', verdict: 'denied', rule: 'protected-branch' },
    ]);
  });

  test('works from hooks of the project and from aliases', async () => {
    const hook = '.git/hooks/post-commit';
    const script = `printf '#!/bin/sh\\ngit push -q origin HEAD:hooked\\n' > ${hook} && chmod +x ${hook}`;
    expect(
      await inAgent(client, 'a', `${script} && git commit -q --allow-empty -m hooked; rm ${hook}`),
    ).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await git(remote, ['log', '-1', '--format=%s', 'hooked'])).toBe('hooked');
    expect(
      await inAgent(
        client,
        'a',
        'git config alias.up "push origin HEAD:aliased"; git config alias.look "!git ls-remote origin aliased"; git up',
      ),
    ).toMatchObject({ exitCode: 0 });
    expect(await inAgentOk(client, 'a', 'git look')).toContain('refs/heads/aliased');
  });

  test('is ended at the host when the agent interrupts it', async () => {
    writeFileSync(join(remote, 'hooks/pre-receive'), '#!/bin/sh\necho begun\nsleep 600\n');
    chmodSync(join(remote, 'hooks/pre-receive'), 0o755);
    const ended = await inAgent(
      client,
      'a',
      'git commit -q --allow-empty -m seven; timeout -s INT 5 git push; echo $?; pgrep -l git || true',
    );
    expect(ended.stdout).not.toContain('git-remote');
    rmSync(join(remote, 'hooks/pre-receive'));
    expect(await inAgent(client, 'a', 'git push')).toMatchObject({ exitCode: 0 });
  });
});
