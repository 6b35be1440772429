import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRemoteFixture, type RemoteFixture } from '../../../helpers/remote-fixture';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { startGitHttpServer } from '../../../helpers/git-http-server';
import { fsckStrict, git, tryGit } from '../../../helpers/git';
import { makeRemote, makeRepo, writeFiles } from '../../../helpers/repo';
import { containing, matching } from '../../../helpers/text-matchers';

interface Setting extends RemoteFixture {
  readonly fixture: ReposFixture;
  readonly upstream: string;
  readonly remote: string;
  readonly directory: string;
}

async function start(): Promise<Setting> {
  const upstream = await makeRepo({ commits: 2 });
  const remote = await makeRemote(upstream);
  const fixture = await makeReposFixture();
  const record = await fixture.add(`file://${remote}`);
  return {
    ...(await makeRemoteFixture(fixture, record)),
    fixture,
    upstream,
    remote,
    directory: record.directory,
  };
}

describe('git push of an agent', () => {
  it('pushes its own branch, updates the remote branch and tells it as git does', async () => {
    const { run, commit, remote, directory, workspace } = await start();
    const id = await commit('one');
    const pushed = await run('push', '-u', 'origin', 'agent/a');
    expect(pushed).toEqual({
      exitCode: 0,
      stdout: "branch 'agent/a' set up to track 'origin/agent/a'.\n",
      stderr: 'To origin\n * [new branch]      agent/a -> agent/a\n',
    });
    expect(await git(remote, ['rev-parse', 'agent/a'])).toBe(id);
    expect(await git(directory, ['rev-parse', 'origin/agent/a'])).toBe(id);
    expect(await git(workspace, ['config', 'branch.agent/a.remote'])).toBe('origin');
    expect(await run('push')).toMatchObject({ exitCode: 0, stderr: 'Everything up-to-date\n' });
  });

  it.each([
    ['push'],
    ['push', 'origin'],
    ['push', 'origin', 'HEAD'],
    ['push', 'origin', 'HEAD:agent/a'],
    ['push', 'origin', 'agent/a:refs/heads/agent/a'],
    ['push', '-fu', 'origin', 'HEAD:agent/a'],
    ['push', '--force-with-lease', 'origin', 'agent/a'],
  ])('understands git %s %s %s', async (...argv) => {
    const { run, commit, remote } = await start();
    const id = await commit('one');
    expect(await run(...argv)).toMatchObject({ exitCode: 0 });
    expect(await git(remote, ['rev-parse', 'agent/a'])).toBe(id);
  });

  it.each([
    ['main', ['push', 'origin', 'HEAD:main'], 'agent/a -> main (protected-branch: '],
    ['a foreign branch', ['push', 'origin', 'HEAD:agent/b'], 'agent/a -> agent/b (foreign-branch: '],
    ['a deletion of main', ['push', 'origin', ':main'], 'main (protected-branch: '],
    ['a deletion with -d', ['push', '-d', 'origin', 'main'], 'main (protected-branch: '],
    ['tags', ['push', '--tags'], 'refs/tags/* -> * (ref-namespace: '],
    ['a forced main', ['push', '-f', 'origin', '+HEAD:refs/heads/main'], 'main (protected-branch: '],
  ])('refuses %s in the form of git, and audits it', async (_name, argv, text) => {
    const { run, commit, remote, fixture } = await start();
    await commit('one');
    const before = await git(remote, ['for-each-ref']);
    const refused = await run(...argv);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr.replace('refs/tags/* -> refs/tags/*', 'refs/tags/* -> *')).toContain(
      '[remote rejected]',
    );
    expect(refused.stderr).toContain(text.split(' (')[1] ?? '');
    expect(refused.stderr).toContain("error: failed to push some refs to 'origin'\nhint: ");
    expect(await git(remote, ['for-each-ref'])).toBe(before);
    expect(fixture.audit.at(-1)).toMatchObject({ agent: 'a', verdict: 'denied', method: 'remote.run' });
    expect(fixture.events.at(-1)).toMatchObject({ topic: 'denials', agent: 'a' });
  });

  it('refuses other remotes, unknown options and arguments that look like options', async () => {
    const { run, remote } = await start();
    for (const argv of [
      ['push', remote],
      ['push', 'ext::sh -c id', 'HEAD'],
      ['push', '--receive-pack=/bin/sh', 'origin'],
      ['push', '--exec', 'x', 'origin'],
      ['push', '--mirror'],
      ['push', '-o', 'ci.skip'],
      ['push', 'origin', ':'],
      ['push', 'origin', 'refs/heads/*:refs/heads/*'],
      ['push', '--', '--receive-pack=x'],
      ['fetch', '--upload-pack=/bin/sh', 'origin'],
      ['fetch', 'origin', 'main:refs/heads/main'],
      ['fetch', 'file:///etc'],
      ['pull', '--upload-pack=x'],
      ['ls-remote', '--upload-pack=x'],
      ['ls-remote', '/etc'],
    ]) {
      expect(await run(...argv)).toMatchObject({
        exitCode: 128,
        stderr: matching(/^fatal: gitiso: /),
      });
    }
    expect((await run('push', '--mirror')).stderr).toContain('supported: git push');
  });

  it('says what the remote says: a rejecting hook, a branch that moved', async () => {
    const { run, commit, remote, upstream } = await start();
    await commit('one');
    writeFileSync(join(remote, 'hooks/pre-receive'), '#!/bin/sh\necho "no pushes on sundays" >&2\nexit 1\n');
    chmodSync(join(remote, 'hooks/pre-receive'), 0o755);
    const rejected = await run('push');
    expect(rejected.exitCode).toBe(1);
    expect(rejected.stderr).toContain('remote: no pushes on sundays');
    expect(rejected.stderr).toContain('! [remote rejected] agent/a -> agent/a (pre-receive hook declined)');
    expect(rejected.stderr).not.toContain(remote);
    chmodSync(join(remote, 'hooks/pre-receive'), 0o644);

    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'elsewhere']);
    await git(upstream, ['push', '-q', remote, 'main:agent/a']);
    const behind = await run('push');
    expect(behind).toMatchObject({ exitCode: 1, stderr: containing('(fetch first)') });
    expect(await run('push', '--force-with-lease')).toMatchObject({
      exitCode: 1,
      stderr: containing('(stale info)'),
    });
    expect(await run('push', '--force')).toMatchObject({ exitCode: 0 });
  });

  it('says so when there is nothing of that name, or no branch', async () => {
    const { run, workspace } = await start();
    expect(await run('push', 'origin', 'nothing:agent/a')).toMatchObject({
      exitCode: 1,
      stderr: containing('error: src refspec nothing does not match any'),
    });
    await git(workspace, ['checkout', '-q', '--detach']);
    expect(await run('push')).toMatchObject({
      exitCode: 128,
      stderr: containing('fatal: You are not currently on a branch.'),
    });
  });

  it('deletes its own branch at the remote, prints --porcelain on standard output, and does nothing with -n', async () => {
    const { run, commit, remote, directory } = await start();
    await commit('one');
    expect(await run('push', '-n')).toMatchObject({ exitCode: 0 });
    expect((await tryGit(remote, ['rev-parse', '--verify', '-q', 'agent/a'])).exitCode).toBe(1);
    const porcelain = await run('push', '--porcelain');
    expect(porcelain.stdout).toBe(
      'To origin\n*\trefs/heads/agent/a:refs/heads/agent/a\t[new branch]\nDone\n',
    );
    expect(await run('push', '-d', 'origin', 'agent/a')).toMatchObject({ exitCode: 0 });
    expect((await tryGit(directory, ['rev-parse', '--verify', '-q', 'origin/agent/a'])).exitCode).toBe(1);
  });

  it("uses the host's credentials and shows them to nobody", async () => {
    const secret = 's3cr3t-p4ssw0rd';
    const remote = await makeRemote(await makeRepo());
    await git(remote, ['config', 'http.receivepack', 'true']);
    const server = await startGitHttpServer(join(remote, '..'), 'alice', secret);
    try {
      const fixture = await makeReposFixture();
      const record = await fixture.add(`http://alice:${secret}@127.0.0.1:${server.port}/remote.git`);
      const { run, commit } = await makeRemoteFixture(fixture, record);
      const id = await commit('one');
      const pushed = await run('push', '-v');
      expect(pushed).toMatchObject({
        exitCode: 0,
        stderr: containing(`To ${server.origin}/remote.git`),
      });
      const fetched = await run('fetch', '-v');
      const listed = await run('ls-remote');
      expect(listed.stdout).toContain(`${id}\trefs/heads/agent/a\n`);
      expect(JSON.stringify([pushed, fetched, listed, fixture.audit, fixture.events])).not.toContain(secret);
      expect(await git(remote, ['rev-parse', 'agent/a'])).toBe(id);
    } finally {
      await server.close();
    }
  });

  it("goes to the user's clone when that has no remote, but not under a checked-out branch", async () => {
    const clone = await makeRepo();
    const fixture = await makeReposFixture();
    const record = await fixture.add(clone, { publish: false });
    const { run, commit } = await makeRemoteFixture(fixture, record);
    const id = await commit('one');
    expect(await run('push')).toMatchObject({
      exitCode: 0,
      stderr: 'To origin\n * [new branch]      agent/a -> agent/a\n',
    });
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(id);
    expect((await run('ls-remote')).stdout).toContain(`${id}\trefs/heads/agent/a\n`);
    await fsckStrict(clone);
    await git(clone, ['checkout', '-q', 'agent/a']);
    await commit('two');
    expect(await run('push')).toMatchObject({
      exitCode: 1,
      stderr: containing('[remote rejected] agent/a -> agent/a (branch is currently checked out)'),
    });
  });
});

describe('git fetch, pull and ls-remote of an agent', () => {
  it('fetches, tells what is new as git does, and writes FETCH_HEAD', async () => {
    const { run, upstream, remote, directory, workspace } = await start();
    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'three']);
    await git(upstream, ['tag', 'v1']);
    await git(upstream, ['push', '-q', remote, 'main', 'v1']);
    const id = await git(upstream, ['rev-parse', 'main']);
    const fetched = await run('fetch');
    expect(fetched.exitCode).toBe(0);
    expect(fetched.stderr).toMatch(
      /^From origin\n {3}\w+\.\.\w+ +main +-> origin\/main\n \* \[new tag\] +v1 +-> v1\n$/,
    );
    expect(await git(directory, ['rev-parse', 'origin/main', 'main'])).toBe(`${id}\n${id}`);
    await run('fetch', 'origin', 'main');
    expect(await git(workspace, ['rev-parse', 'FETCH_HEAD'])).toBe(id);
    expect(await run('fetch', 'origin', 'nothing')).toMatchObject({
      exitCode: 128,
      stderr: containing("couldn't find remote ref nothing"),
    });
    expect(await run('fetch', '-q')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('pulls a fast-forward with work tree, index and reflog', async () => {
    const { run, upstream, remote, workspace } = await start();
    writeFiles(upstream, { 'dir-0/file-1.txt': 'from upstream\n' });
    await git(upstream, ['commit', '-qam', 'three']);
    await git(upstream, ['push', '-q', remote, 'main']);
    const pulled = await run('pull', 'origin', 'main');
    expect(pulled).toMatchObject({
      exitCode: 0,
      stdout: matching(/^Updating \w+\.\.\w+\nFast-forward\n/),
    });
    expect(pulled.stdout).toContain('1 file changed');
    expect(readFileSync(join(workspace, 'dir-0/file-1.txt'), 'utf8')).toBe('from upstream\n');
    expect(await git(workspace, ['status', '--porcelain'])).toBe('');
    expect(await git(workspace, ['reflog', '-1', '--format=%gs'])).toBe('pull origin main: Fast-forward');
    expect(await run('pull', 'origin', 'main')).toMatchObject({
      exitCode: 0,
      stdout: 'Already up to date.\n',
    });
  });

  it('keeps local changes that a pull would overwrite, and refuses to merge', async () => {
    const { run, upstream, remote, workspace, commit } = await start();
    writeFiles(upstream, { 'dir-0/file-1.txt': 'from upstream\n' });
    await git(upstream, ['commit', '-qam', 'three']);
    await git(upstream, ['push', '-q', remote, 'main']);
    writeFiles(workspace, { 'dir-0/file-1.txt': 'mine\n' });
    const head = await git(workspace, ['rev-parse', 'HEAD']);
    expect(await run('pull', 'origin', 'main')).toMatchObject({ exitCode: 1 });
    expect(readFileSync(join(workspace, 'dir-0/file-1.txt'), 'utf8')).toBe('mine\n');
    expect(await git(workspace, ['rev-parse', 'HEAD'])).toBe(head);
    await git(workspace, ['checkout', '-q', '.']);
    await commit('mine');
    expect(await run('pull', 'origin', 'main')).toMatchObject({
      exitCode: 128,
      stderr: containing('have diverged; this version pulls fast-forwards only'),
    });
    expect(await run('pull', '--ff-only', 'origin', 'main')).toMatchObject({
      exitCode: 128,
      stderr: 'fatal: Not possible to fast-forward, aborting.\n',
    });
  });

  it('says what is wrong when the remote is gone, without a path of the host', async () => {
    const { run, remote } = await start();
    await git('/', ['init', '-q', '--bare', `${remote}.new`]);
    writeFileSync(join(remote, 'HEAD'), 'damaged');
    const failed = await run('fetch');
    expect(failed).toMatchObject({ exitCode: 128, stderr: containing('fatal: ') });
    expect(failed.stderr).not.toContain('/tmp');
    const listed = await run('ls-remote');
    expect(listed.exitCode).toBe(128);
    expect(listed.stderr).not.toContain('/tmp');
  });
});
