import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGitHttpServer, type GitHttpServer } from '../../../helpers/git-http-server';
import { makeReposFixture } from '../../../helpers/repos-fixture';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { notContaining } from '../../../helpers/text-matchers';

describe('repo.add from a URL', () => {
  it('gives remote branches, tags, the default branch and HEAD', async () => {
    const origin = await makeRepo({ commits: 2 });
    await git(origin, ['checkout', '-q', '-b', 'develop']);
    await git(origin, ['commit', '-q', '--allow-empty', '-m', 'on develop']);
    await git(origin, ['tag', 'v1', 'main']);
    const { add, service } = await makeReposFixture();
    const record = await add(`file://${origin}`);
    expect(record).toMatchObject({ id: 'repo', defaultBranch: 'develop', publish: false, depth: null });
    expect(record.protectedBranches).toEqual(['main', 'master', 'develop']);
    const refs = await git(record.directory, ['for-each-ref', '--format=%(refname)']);
    expect(refs.split('\n')).toEqual([
      'refs/heads/develop',
      'refs/remotes/origin/HEAD',
      'refs/remotes/origin/develop',
      'refs/remotes/origin/main',
      'refs/tags/v1',
    ]);
    expect(readdirSync(record.directory).sort()).toEqual([
      'HEAD',
      'config',
      'objects',
      'packed-refs',
      'refs',
    ]);
    await fsckStrict(record.directory);
    expect(await service.resolveBase(record.id, 'develop')).toMatchObject({ behind: 0 });
  });

  it('keeps the default branch where the remote has it and drops branches that the remote deleted', async () => {
    const origin = await makeRepo();
    await git(origin, ['branch', 'gone']);
    const { add, service, audit } = await makeReposFixture();
    const record = await add(`file://${origin}`);
    await git(origin, ['branch', '-D', 'gone']);
    await git(origin, ['commit', '-q', '--allow-empty', '-m', 'two']);
    const moves = await service.fetch(record.id);
    expect(moves.map((move) => move.ref)).toEqual([
      'refs/heads/main',
      'refs/remotes/origin/gone',
      'refs/remotes/origin/main',
    ]);
    expect(await git(record.directory, ['rev-parse', 'main'])).toBe(await git(origin, ['rev-parse', 'main']));
    expect(audit.at(-1)?.refs).toHaveLength(3);
    expect(existsSync(join(record.directory, 'FETCH_HEAD'))).toBe(false);
  });

  it('makes shallow and single-branch copies', async () => {
    const origin = await makeRepo({ commits: 5 });
    await git(origin, ['branch', 'side']);
    const { add, service } = await makeReposFixture();
    const shallow = await add(`file://${origin}`, { depth: 2 });
    expect(await git(shallow.directory, ['rev-list', '--count', 'main'])).toBe('2');
    await git(origin, ['commit', '-q', '--allow-empty', '-m', 'six']);
    await service.fetch(shallow.id);
    expect(await git(shallow.directory, ['rev-list', '--count', 'main'])).toBe('3');
    await fsckStrict(shallow.directory);

    const base = tempDir();
    await git('/', ['clone', '-q', '--bare', origin, join(base, 'other.git')]);
    const single = await add(`file://${join(base, 'other.git')}`, { singleBranch: 'side' });
    expect(single).toMatchObject({ defaultBranch: 'side', singleBranch: 'side', id: 'other' });
    expect(
      await git(single.directory, ['for-each-ref', '--format=%(refname)', 'refs/remotes']),
    ).not.toContain('main');
    await expect(add(`file://${await makeRepo()}`, { singleBranch: 'nope' })).rejects.toMatchObject({
      code: 'revision-not-found',
    });
  });

  it('serves an empty remote and refuses SHA-256', async () => {
    const base = tempDir();
    await git('/', ['init', '-q', '--bare', join(base, 'empty.git')]);
    await git('/', ['init', '-q', '--object-format=sha256', join(base, 'sha256')]);
    await git(join(base, 'sha256'), ['commit', '-q', '--allow-empty', '-m', 'one']);
    const { add } = await makeReposFixture();
    expect((await add(`file://${join(base, 'empty.git')}`)).defaultBranch).toBe('main');
    await expect(add(`file://${join(base, 'sha256')}`)).rejects.toMatchObject({ code: 'repo-unusable' });
  });

  it('tells what is wrong with a remote that is not there', async () => {
    const { add, context } = await makeReposFixture();
    await expect(add('file:///nowhere/at/all.git')).rejects.toMatchObject({ code: 'repo-unreachable' });
    await expect(add('http://127.0.0.1:1/x.git')).rejects.toMatchObject({ code: 'repo-unreachable' });
    expect(readdirSync(context.layout.repos)).toEqual([]);
  });

  it('uses only the protocols of the configuration', async () => {
    const { add } = await makeReposFixture({ protocols: ['https'] });
    await expect(add(`file://${await makeRepo()}`)).rejects.toMatchObject({ code: 'repo-unusable' });
  });

  it('runs the ssh that the environment names, for scp-like locations', async () => {
    const origin = await makeRepo();
    const ssh = join(tempDir(), 'ssh');
    // What a real ssh does at the other end, without the network: run the command it is given.
    writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
    const { add } = await makeReposFixture({ environment: { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' } });
    const record = await add(`me@example.invalid:${origin}`);
    expect(record.remote).toBe(`me@example.invalid:${origin}`);
    expect(await git(record.directory, ['rev-parse', 'main'])).toBe(await git(origin, ['rev-parse', 'main']));
  });

  describe('over http with authentication', () => {
    const secret = 's3cr3t-p4ssw0rd';
    let server: GitHttpServer;
    let root: string;

    beforeAll(async () => {
      const remote = await makeRemote(await makeRepo());
      root = join(remote, '..');
      server = await startGitHttpServer(root, 'alice', secret);
    });
    afterAll(() => server.close());

    it('uses the credentials of the URL, which get into the record alone', async () => {
      const { add, context, service } = await makeReposFixture();
      const record = await add(`http://alice:${secret}@127.0.0.1:${server.port}/remote.git`);
      await service.fetch(record.id);
      expect(record.remote).toBe(`${server.origin}/remote.git`);
      expect(statSync(context.layout.repoRecord(record.id)).mode & 0o777).toBe(0o600);
      expect(readFileSync(context.layout.repoRecord(record.id), 'utf8')).toContain(secret);
      const encoded = Buffer.from(`alice:${secret}`).toString('base64');
      for (const text of [secret, encoded, server.origin]) {
        expect(() => execFileSync('grep', ['-r', '-q', '-F', text, record.directory])).toThrow();
      }
    });

    it("uses the operator's credential helper", async () => {
      const home = tempDir();
      writeFileSync(
        join(home, '.gitconfig'),
        `[credential]\n\thelper = "!f() { test \\"$1\\" = get && echo username=alice && echo password=${secret}; }; f"\n`,
      );
      const { add } = await makeReposFixture({ environment: { HOME: home } });
      const record = await add(`${server.origin}/remote.git`);
      expect(record.defaultBranch).toBe('main');
    });

    it('ends with a clear error, and no question, without credentials', async () => {
      const { add, context } = await makeReposFixture();
      await expect(add(`${server.origin}/remote.git`)).rejects.toMatchObject({ code: 'repo-unreachable' });
      await expect(add(`http://alice:wrong@127.0.0.1:${server.port}/remote.git`)).rejects.toMatchObject({
        code: 'repo-unreachable',
        message: notContaining('wrong'),
      });
      expect(readdirSync(context.layout.repos)).toEqual([]);
    });
  });

  it('leaves nothing half made when the daemon is killed in the middle', async () => {
    const state = join(tempDir(), 'state');
    mkdirSync(state);
    const origin = await makeRepo();
    const ssh = join(tempDir(), 'ssh');
    // Stops for ever after the first answer: the add is in the middle when the process is killed.
    writeFileSync(
      ssh,
      `#!/bin/sh\nfor last; do :; done\nif [ -e ${state}/second ]; then echo $$ > ${state}/pid; mv ${state}/pid ${state}/stuck; exec sleep 20; fi\ntouch ${state}/second\nexec sh -c "$last"\n`,
      { mode: 0o755 },
    );
    const helpers = join(__dirname, '../../../helpers');
    const command = ['-r', join(helpers, 'run-typescript.js'), join(helpers, 'add-in-child.ts')];
    const child = spawn(process.execPath, [...command, state, `me@example.invalid:${origin}`], {
      stdio: 'ignore',
      env: { ...process.env, GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' },
    });
    while (!existsSync(join(state, 'stuck'))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readdirSync(join(state, 'repos')).some((name) => name.startsWith('.new-'))).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { context, add } = await makeReposFixture({ state });
    expect(context.registry.list()).toEqual([]);
    expect(readdirSync(join(state, 'repos'))).toEqual([]);
    expect((await add(origin)).id).toBe('repo');
  });
});
