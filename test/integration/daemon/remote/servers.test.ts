import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../../helpers/git';
import { makeRemoteWorld, type RemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { sshd, startSshServer } from '../../../helpers/ssh-server';
import { testIf } from '../../../helpers/test-if';
import { lighttpd, startWebServer } from '../../../helpers/web-server';

const password = 's3cr3t-p4ssw0rd';

interface Setting {
  readonly world: RemoteWorld;
  readonly fixture: ReposFixture;
  readonly upstream: string;
  readonly remote: string;
  /** What must be shown nowhere. */
  readonly secrets: readonly string[];
  readonly close: () => Promise<void>;
}

async function makeUpstream() {
  const upstream = await makeRepo({ commits: 2 });
  const remote = await makeRemote(upstream);
  await git(remote, ['config', 'http.receivepack', 'true']);
  await git(remote, ['config', 'receive.advertisePushOptions', 'true']);
  return { upstream, remote };
}

async function overSsh(): Promise<Setting> {
  const made = await makeUpstream();
  const server = await startSshServer();
  const fixture = await makeReposFixture({ environment: { GIT_SSH_COMMAND: server.sshCommand } });
  const record = await fixture.add(`${server.origin}${made.remote}`);
  const world = await makeRemoteWorld(fixture, record);
  return { ...made, world, fixture, secrets: [], close: () => closeBoth(world, server) };
}

async function overHttp(): Promise<Setting> {
  const made = await makeUpstream();
  const server = await startWebServer(join(made.remote, '..'), 'alice', password);
  const fixture = await makeReposFixture();
  const record = await fixture.add(`${server.origin.replace('//', `//alice:${password}@`)}/remote.git`);
  const world = await makeRemoteWorld(fixture, record);
  const encoded = Buffer.from(`alice:${password}`).toString('base64');
  return { ...made, world, fixture, secrets: [password, encoded], close: () => closeBoth(world, server) };
}

async function overPath(): Promise<Setting> {
  const made = await makeUpstream();
  const fixture = await makeReposFixture();
  const world = await makeRemoteWorld(fixture, await fixture.add(`file://${made.remote}`));
  return { ...made, world, fixture, secrets: [made.remote], close: () => world.close() };
}

async function closeBoth(...parts: readonly { close: () => Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close();
}

describe.each([
  ['an ssh server with a key of the host', sshd !== undefined, 'there is no sshd', overSsh],
  ['a web server with a password of the host', lighttpd !== undefined, 'there is no lighttpd', overHttp],
  ['a path of the host', true, '', overPath],
] as const)('an agent whose remote is %s', (_name, isPossible, why, start) => {
  testIf(isPossible, why)(
    'clones, fetches, pulls, pushes and looks, and sees the URL but no secret',
    async () => {
      const { world, fixture, upstream, remote, secrets, close } = await start();
      const told: string[] = [];
      const run = async (...args: readonly string[]) => {
        const result = await world.run(...args);
        told.push(args.join(' '), result.stdout, result.stderr);
        return result;
      };
      try {
        expect(await run('fetch')).toMatchObject({ exitCode: 0 });
        await run('checkout', '-q', '-b', 'agent/a', 'origin/main');
        const id = await world.commit('one', { 'new.txt': 'new\n' });
        expect(await run('push', '-u', 'origin', 'HEAD')).toMatchObject({
          exitCode: 0,
          // git itself leaves out the user of an ssh URL.
          stderr: `To ${world.url.replace(/\/\/\w+@/, '//')}\n * [new branch]      HEAD -> agent/a\n`,
        });
        expect(await git(remote, ['rev-parse', 'agent/a'])).toBe(id);
        expect((await run('ls-remote', 'origin', 'agent/a')).stdout).toBe(`${id}\trefs/heads/agent/a\n`);

        await git(upstream, ['fetch', '-q', remote, 'agent/a']);
        await git(upstream, ['checkout', '-q', 'FETCH_HEAD']);
        await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'a review']);
        await git(upstream, ['push', '-q', remote, 'HEAD:agent/a']);
        await world.commit('two', { 'second.txt': 'new\n' });
        expect(await run('push')).toMatchObject({ exitCode: 1 });
        expect(await run('pull', '--rebase')).toMatchObject({ exitCode: 0 });
        expect(await run('push', '-o', 'ci.skip')).toMatchObject({ exitCode: 0 });
        expect(await run('fetch', '--dry-run')).toMatchObject({ exitCode: 0, stderr: '' });

        writeFileSync(
          join(remote, 'hooks/pre-receive'),
          '#!/bin/sh\necho no pushes on sundays >&2\nexit 1\n',
        );
        chmodSync(join(remote, 'hooks/pre-receive'), 0o755);
        await world.commit('three');
        const refused = await run('push');
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toMatch(/^remote: no pushes on sundays *$/m);
        expect(refused.stderr).toContain(
          '! [remote rejected] agent/a -> agent/a (pre-receive hook declined)',
        );

        const clone = join(world.root, 'clone');
        expect(await run('clone', '--progress', world.url, clone)).toMatchObject({ exitCode: 0 });
        expect((await world.runIn(clone, 'log', '--format=%s', 'origin/agent/a')).stdout).toContain(
          'two\na review\none\n',
        );
        expect((await world.runIn(clone, 'fetch')).exitCode).toBe(0);
        expect(told.join('\n')).toContain(world.url.replace(/\/\/\w+@/, '//').replace(/[.]git$/, ''));
        const everything = JSON.stringify([told, fixture.audit, fixture.events, world.served.logged]);
        for (const secret of secrets) expect(everything).not.toContain(secret);
      } finally {
        await close();
      }
    },
    120_000,
  );
});

describe('an agent whose host is not let in', () => {
  testIf(sshd !== undefined, 'there is no sshd')(
    'sees what ssh and git say about it',
    async () => {
      const { remote } = await makeUpstream();
      const server = await startSshServer();
      const environment: Record<string, string> = { GIT_SSH_COMMAND: server.sshCommand };
      const fixture = await makeReposFixture({ environment });
      const record = await fixture.add(`${server.origin}${remote}`);
      const stranger = await makeReposFixture({ environment: { GIT_SSH_COMMAND: server.strangerCommand } });
      const world = await makeRemoteWorld(
        { ...fixture, context: { ...fixture.context, git: stranger.git } },
        record,
      );
      try {
        await world.commit('one');
        for (const args of [['fetch'], ['ls-remote'], ['push', 'origin', 'HEAD:x']]) {
          const { exitCode, stderr } = await world.run(...args);
          expect(exitCode).toBe(128);
          expect(stderr).toMatch(/Permission denied \(publickey\)\.\r?\n/);
          expect(stderr).toContain('fatal: Could not read from remote repository.');
        }
      } finally {
        await closeBoth(world, server);
      }
    },
    60_000,
  );

  testIf(lighttpd !== undefined, 'there is no lighttpd')(
    'sees what the web server says, and no credential',
    async () => {
      const { remote } = await makeUpstream();
      const server = await startWebServer(join(remote, '..'), 'alice', password);
      const fixture = await makeReposFixture();
      const url = (secret: string) => `${server.origin.replace('//', `//alice:${secret}@`)}/remote.git`;
      const record = await fixture.add(url(password));
      const wrong = { ...record, remoteUrl: url('wr0ng-p4ssw0rd') };
      await fixture.context.registry.put(wrong);
      const world = await makeRemoteWorld(fixture, wrong);
      try {
        await world.commit('one');
        for (const args of [['fetch'], ['ls-remote'], ['push', 'origin', 'HEAD:x']]) {
          const { exitCode, stderr } = await world.run(...args);
          expect(exitCode).toBe(128);
          expect(stderr).toMatch(/^fatal: (Authentication failed for|could not read Username for) 'http/m);
          expect(stderr).not.toContain('p4ssw0rd');
        }
      } finally {
        await closeBoth(world, server);
      }
    },
    60_000,
  );
});
