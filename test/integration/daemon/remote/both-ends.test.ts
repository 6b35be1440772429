import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { git } from '../../../helpers/git';
import { finished, makeRemoteWorld, type RemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo, writeFiles } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { connectRequest, openRaw } from './raw-stream';

let fixture: ReposFixture;
let world: RemoteWorld;
let upstream: string;
let remote: string;

beforeAll(async () => {
  upstream = await makeRepo({ commits: 2 });
  remote = await makeRemote(upstream);
  fixture = await makeReposFixture();
  const record = await fixture.add(`file://${remote}`);
  world = await makeRemoteWorld(fixture, record, { settings: { 'limits.idleTimeoutMs': 3000 } });
  await world.run('fetch', '-q');
  await world.run('checkout', '-q', '-b', 'agent/a', 'origin/main');
}, 120_000);
afterAll(() => world.close());
afterEach(async () => {
  await until(
    () => gitProcesses().length === 0,
    () => gitProcesses().join('\n'),
  );
  rmSync(hook(), { force: true });
});

/** Processes that work for this test's remote, repository or mirrors, by their command line or folder. */
function gitProcesses(): readonly string[] {
  const folders = [remote, fixture.context.layout.state];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const text = `${line} in ${readlinkSync(`/proc/${name}/cwd`)}`;
        return folders.some((folder) => text.includes(folder)) ? [text] : [];
      } catch {
        return [];
      }
    });
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what()}`);
    await sleep(20);
  }
}

/** A hook that tells that it runs and then does not end. */
function hang(): string {
  const mark = join(remote, 'hanging');
  rmSync(mark, { force: true });
  writeFileSync(hook(), `#!/bin/sh\necho before\ntouch '${mark}'\nsleep 600\n`);
  chmodSync(hook(), 0o755);
  return mark;
}

function hook(): string {
  return join(remote, 'hooks', 'pre-receive');
}

describe('a connection that one end gives up', () => {
  it('ends the push at the host when the agent interrupts it', async () => {
    const mark = hang();
    await world.commit('one');
    const child = world.start(['push', 'origin', 'HEAD']);
    const result = finished(child);
    await until(
      () => existsSync(mark),
      () => 'the hook runs',
    );
    child.kill('SIGINT');
    // git itself dies of it; its helper, in a terminal's group, would too. Here it notices that git is gone.
    expect((await result).exitCode).toBeNull();
  });

  it('ends the fetch at the host when git is killed while it waits', async () => {
    const mark = join(remote, 'hanging');
    const helper = join(world.root, 'slow-transport');
    writeFileSync(helper, `#!/bin/sh\ntouch '${mark}'\ncd '${remote}'\nsleep 600\n`);
    chmodSync(helper, 0o755);
    const record = fixture.context.registry.list()[0];
    if (record === undefined) throw new Error('there is no repository');
    const slow = await makeReposFixture({ environment: { GIT_SSH_COMMAND: helper } });
    const other = await makeRemoteWorld(
      { ...fixture, context: { ...fixture.context, git: slow.git } },
      { ...record, remoteUrl: 'ssh://git@host.invalid/repo.git' },
    );
    await fixture.context.registry.put({ ...record, remoteUrl: 'ssh://git@host.invalid/repo.git' });
    try {
      rmSync(mark, { force: true });
      const child = other.start(['fetch']);
      const result = finished(child);
      await until(
        () => existsSync(mark),
        () => 'ssh runs',
      );
      child.kill('SIGKILL');
      await result;
      await until(
        () => gitProcesses().length === 0,
        () => gitProcesses().join('\n'),
      );
    } finally {
      await fixture.context.registry.put(record);
      await other.close();
    }
  }, 90_000);

  it('ends the agent’s git when the daemon ends the connection', async () => {
    const mark = hang();
    await world.commit('two');
    const child = world.start(['push', 'origin', 'HEAD']);
    const result = finished(child);
    await until(
      () => existsSync(mark),
      () => 'the hook runs',
    );
    await world.served.agents.endConnections('a' as never);
    const { exitCode, stderr } = await result;
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('remote: before');
  });

  it('cuts an agent off that says nothing for long, and goes on serving others', async () => {
    const silent = await openRaw(world.socket, connectRequest('git-receive-pack', world.url));
    await silent.said('0000');
    const reader = await openRaw(world.socket, connectRequest('git-upload-pack', world.url));
    reader.socket.pause();
    expect(await world.run('ls-remote')).toMatchObject({ exitCode: 0 });
    await silent.all();
    reader.socket.resume();
    await reader.all();
  });

  it('counts as one of the agent’s connections', async () => {
    const open = await Promise.all(
      Array.from({ length: 16 }, () => openRaw(world.socket, connectRequest('git-receive-pack', world.url))),
    );
    expect(open.every(({ answer }) => 'result' in answer)).toBe(true);
    expect(await world.run('ls-remote')).toMatchObject({ exitCode: 128 });
    for (const { socket } of open) socket.destroy();
  });
});

describe('what an agent sees while it waits', () => {
  it('shows the remote’s words at once, and its progress only when it is wanted', async () => {
    const mark = hang();
    await world.commit('three');
    const child = world.start(['push', '--progress', 'origin', 'HEAD']);
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await until(
      () => /remote: before/.test(text),
      () => text,
    );
    await until(
      () => existsSync(mark),
      () => 'the hook goes on',
    );
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    rmSync(hook());

    writeFiles(upstream, { 'many/file.txt': 'content\n' });
    await git(upstream, ['add', '-A']);
    await git(upstream, ['commit', '-q', '-m', 'four']);
    await git(upstream, ['push', '-q', remote, 'main']);
    expect((await world.run('fetch', '--dry-run')).stderr).not.toContain('objects');
    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'five']);
    await git(upstream, ['push', '-q', remote, 'main']);
    expect((await world.run('fetch', '--progress')).stderr).toMatch(/^remote: Enumerating objects: /);
  });

  it('waits for one fetch when many ask at once, and each sees what is new', async () => {
    await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'six']);
    await git(upstream, ['push', '-q', remote, 'main']);
    const id = await git(upstream, ['rev-parse', 'main']);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => world.run('ls-remote', 'origin', 'main')),
    );
    for (const { stdout } of answers) expect(stdout).toBe(`${id}\trefs/heads/main\n`);
  });

  it('transfers nothing to the agent: the objects are in the shared repository when git asks', async () => {
    writeFiles(upstream, { 'more/file.txt': 'more\n' });
    await git(upstream, ['add', '-A']);
    await git(upstream, ['commit', '-q', '-m', 'seven']);
    await git(upstream, ['push', '-q', remote, 'main']);
    await world.run('fetch');
    expect((await world.run('log', '-1', '--format=%s', 'origin/main')).stdout).toBe('seven\n');
    expect((await world.run('fsck', '--connectivity-only')).exitCode).toBe(0);
    const packs = join(world.workspace, '.git/objects/pack');
    expect(existsSync(packs) ? readdirSync(packs) : []).toEqual([]);
  });
});
