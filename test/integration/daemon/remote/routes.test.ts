import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../../helpers/git';
import { makeRemoteWorld, type RemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { containing } from '../../../helpers/text-matchers';
import { lighttpd, startWebServer, type WebServer } from '../../../helpers/web-server';
import { testIf } from '../../../helpers/test-if';

const hasServer = lighttpd !== undefined;
const why = 'there is no lighttpd';
const password = 's3cr3t-p4ssw0rd';

interface Setting {
  readonly server: WebServer;
  readonly fixture: ReposFixture;
  readonly world: RemoteWorld;
  readonly remote: string;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** A web server whose password is in the host's git configuration; `globs` below it are allowed. */
async function start(...globs: readonly string[]): Promise<Setting> {
  const remote = await makeRemote(await makeRepo({ commits: 2 }));
  await git(remote, ['config', 'http.receivepack', 'true']);
  const folder = join(remote, '..');
  const server = await startWebServer(folder, 'alice', password);
  const basic = Buffer.from(`alice:${password}`).toString('base64');
  const config = join(folder, 'host-gitconfig');
  writeFileSync(config, `[http "${server.origin}"]\n\textraHeader = Authorization: Basic ${basic}\n`);
  const fixture = await makeReposFixture({
    environment: { GIT_CONFIG_GLOBAL: config },
    policy: { remotes: globs.map((glob) => `${server.origin}/${glob}`), gitlinks: 'allow' },
  });
  const world = await makeRemoteWorld(fixture, await fixture.add(`${server.origin}/remote.git`));
  const close = async () => {
    await world.close();
    await server.close();
  };
  return { server, fixture, world, remote, folder, close };
}

describe('which remotes git reaches through the daemon', () => {
  testIf(hasServer, why)(
    'is decided by the URL: by any name, in any spelling, in any repository, also on the command line',
    async () => {
      const { world, close } = await start();
      try {
        const bare = world.url.replace(/\.git$/, '');
        for (const url of [world.url, bare, `${bare}/`]) {
          expect(await world.run('ls-remote', '--exit-code', url, 'main')).toMatchObject({ exitCode: 0 });
        }
        await world.run('remote', 'add', 'with=sign', world.url);
        await world.run('remote', 'add', 'second', bare);
        expect(await world.run('fetch', 'second')).toMatchObject({
          exitCode: 0,
          stderr: containing(`From ${bare}\n`),
        });
        const clone = join(world.root, 'clone');
        expect(await world.run('clone', '-q', world.url, clone)).toMatchObject({ exitCode: 0, stderr: '' });
        expect(await world.runIn(clone, 'config', 'remote.origin.url')).toMatchObject({
          stdout: `${world.url}\n`,
        });
        expect(await world.runIn(clone, 'pull')).toMatchObject({ exitCode: 0 });
        expect(await world.runIn(clone, 'config', '--get-regexp', 'vcs|insteadof')).toMatchObject({
          stdout: '',
        });
      } finally {
        await close();
      }
    },
    120_000,
  );

  testIf(hasServer, why)(
    'leaves every other remote to git itself',
    async () => {
      const { world, server, close } = await start();
      try {
        const local = await makeRemote(await makeRepo());
        await world.run('remote', 'add', 'local', local);
        expect(await world.run('fetch', 'local')).toMatchObject({ exitCode: 0 });
        expect(await world.run('push', 'local', 'local/main:refs/heads/anything')).toMatchObject({
          exitCode: 0,
        });
        expect(await world.run('ls-remote', local)).toMatchObject({ exitCode: 0 });
        // The agent's own git has no password.
        expect(await world.run('ls-remote', `${server.origin}/other.git`)).toMatchObject({ exitCode: 128 });
        // One remote, two ways: only the daemon's URL goes to the daemon.
        await world.run('remote', 'set-url', '--push', 'origin', local);
        expect(await world.run('fetch', 'origin')).toMatchObject({ exitCode: 0 });
        expect(await world.run('push', 'origin', 'origin/main:refs/heads/there')).toMatchObject({
          exitCode: 0,
        });
        expect(await git(local, ['rev-parse', '--verify', 'there'])).toMatch(/^[0-9a-f]{40}$/);
        expect(world.served.logged.filter(({ message }) => message === 'remote.connect refused')).toEqual([]);
      } finally {
        await close();
      }
    },
    120_000,
  );

  testIf(hasServer, why)(
    'are beside the registered one those that policy allows, without their objects in the shared repository',
    async () => {
      const { world, server, folder, fixture, close } = await start('allowed/*');
      try {
        const source = await makeRepo({ commits: 3, files: 7 });
        await git(source, ['commit', '-q', '--allow-empty', '-m', 'only here']);
        const id = await git(source, ['rev-parse', 'HEAD']);
        for (const name of ['allowed/lib.git', 'denied.git'])
          await git(source, ['clone', '-q', '--bare', source, join(folder, name)]);
        const url = `${server.origin}/allowed/lib.git`;
        expect(await world.run('fetch', url, 'main')).toMatchObject({ exitCode: 0 });
        expect(await world.run('log', '-1', '--format=%s', 'FETCH_HEAD')).toMatchObject({
          stdout: 'only here\n',
        });
        const directory = fixture.context.registry.list()[0]?.directory ?? '';
        expect(await git(directory, ['cat-file', '--batch-check'], { stdin: `${id}\n` })).toContain(
          'missing',
        );
        for (const denied of [`${server.origin}/denied.git`, `${server.origin}/allowed/../denied.git`]) {
          expect(await world.run('ls-remote', `gitiso::${denied}`)).toMatchObject({
            exitCode: 128,
            stderr: containing('fatal: gitiso: policy does not allow this remote'),
          });
        }
        expect(
          await world.run(
            'ls-remote',
            `gitiso::${server.origin.replace('//', '//alice:x@')}/allowed/lib.git`,
          ),
        ).toMatchObject({ exitCode: 128 });
      } finally {
        await close();
      }
    },
    120_000,
  );

  testIf(hasServer, why)(
    'are those of submodules too, when policy allows them',
    async () => {
      const { world, server, folder, close } = await start('lib.git');
      try {
        const source = await makeRepo({ commits: 2 });
        await git(source, ['clone', '-q', '--bare', source, join(folder, 'lib.git')]);
        await world.run('fetch', '-q');
        await world.run('checkout', '-q', '-b', 'agent/a', 'origin/main');
        expect(await world.run('submodule', 'add', `${server.origin}/lib.git`, 'lib')).toMatchObject({
          exitCode: 0,
        });
        await world.commit('with a submodule');
        expect(await world.run('push', 'origin', 'HEAD')).toMatchObject({ exitCode: 0 });

        const clone = join(world.root, 'clone');
        expect(
          await world.run('clone', '-q', '-b', 'agent/a', '--recurse-submodules', world.url, clone),
        ).toMatchObject({ exitCode: 0 });
        expect(existsSync(join(clone, 'lib/dir-0/file-0.txt'))).toBe(true);
        const again = join(world.root, 'again');
        expect(await world.run('clone', '-q', '-b', 'agent/a', world.url, again)).toMatchObject({
          exitCode: 0,
        });
        expect(await world.runIn(again, 'submodule', 'update', '--init')).toMatchObject({ exitCode: 0 });
        expect(await world.runIn(again, 'fetch', '--recurse-submodules')).toMatchObject({ exitCode: 0 });
      } finally {
        await close();
      }
    },
    120_000,
  );
});

describe('what an agent may push', () => {
  testIf(hasServer, why)(
    'is what it made at the remote, until it is gone; a name of somebody else stays theirs',
    async () => {
      const { world, fixture, remote, close } = await start();
      try {
        await world.run('fetch', '-q');
        await world.run('checkout', '-q', '-b', 'agent/a', 'origin/main');
        const id = await world.commit('one');
        expect(await world.run('push', 'origin', 'HEAD', 'HEAD:feature', 'HEAD:refs/tags/t')).toMatchObject({
          exitCode: 0,
        });
        expect(fixture.audit.at(-1)).toMatchObject({
          agent: 'a',
          method: 'remote.connect',
          verdict: 'accepted',
          argv: ['git-receive-pack', world.url],
          refs: containingRefs(['refs/heads/agent/a', 'refs/heads/feature', 'refs/tags/t'], id),
        });
        expect(await world.run('push', '-f', 'origin', 'HEAD~1:feature')).toMatchObject({ exitCode: 0 });
        expect(await world.run('push', '--delete', 'origin', 't')).toMatchObject({ exitCode: 0 });
        expect(await world.run('push', '--delete', 'origin', 'feature')).toMatchObject({ exitCode: 0 });

        await git(remote, ['branch', 'feature', 'main']);
        await git(remote, ['tag', 't', 'main']);
        for (const args of [
          ['HEAD:feature'],
          ['-f', 'HEAD:feature'],
          [':feature'],
          ['-f', 'HEAD:t'],
          [':t'],
        ]) {
          const { exitCode, stderr } = await world.run('push', 'origin', ...args);
          expect(exitCode).toBe(1);
          expect(stderr).toMatch(/\[remote rejected\] .*\(gitiso: foreign-(branch|tag): /);
          expect(stderr).toMatch(/^remote: hint: /m);
        }
        expect(await world.run('push', '--mirror', 'origin')).toMatchObject({
          exitCode: 1,
          stderr: containing("(gitiso: protected-branch: branch 'main' is protected)"),
        });
        expect(await git(remote, ['rev-parse', 'main', 'feature'])).not.toContain(id);
        expect(fixture.events.at(-1)).toMatchObject({ topic: 'denials', agent: 'a' });
      } finally {
        await close();
      }
    },
    120_000,
  );
});

function containingRefs(refs: readonly string[], id: string): unknown {
  return expect.arrayContaining(refs.map((ref) => ({ ref, old: '0'.repeat(40), new: id })));
}
