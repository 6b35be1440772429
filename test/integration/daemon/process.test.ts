import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startDaemon } from '../../helpers/daemon';
import { connectRaw } from '../../helpers/raw-peer';
import { makeRepo } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';

const program = join(__dirname, '../../../build/daemon/main.js');
const withoutDocker = { withoutDocker: true } as const;

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: tempDir(), ...env },
  });
  return { status, stdout, stderr };
}

describe('the command', () => {
  test('prints its version and help without a configuration that works', () => {
    expect(run(['--version'], { GITISO_NONSENSE: '1' })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^gitisod \d/),
    });
    expect(run(['--help']).stdout).toContain('--check-config');
  });

  test('checks the configuration and says what is wrong, with exit code 78', () => {
    const file = join(tempDir(), 'c.json');
    writeFileSync(file, '{"limits":{"nestin":1}}');
    const bad = run(['--check-config', '--config', file]);
    expect(bad).toMatchObject({ status: 78, stdout: '' });
    expect(bad.stderr).toContain(
      `gitisod: ${file}: limits has the unknown key "nestin"; did you mean "nesting"?`,
    );
    writeFileSync(file, '{"limits":{"nesting":9}}');
    expect(run(['--check-config', '--config', file])).toMatchObject({ status: 0, stderr: '' });
    const shown = run(['--print-config', '--config', file, '--log-level', 'debug']).stdout;
    expect(shown).toMatch(new RegExp(`^limits.nesting = 9 +# file ${file}$`, 'm'));
    expect(shown).toMatch(/^log.level = "debug" +# flag --log-level$/m);
  });
});

test('a daemon serves with private places, tells its state, and leaves no socket or lock when it stops', async () => {
  const daemon = await startDaemon(withoutDocker);
  const client = await daemon.connect();
  const status = await client.call('daemon.status', {});
  expect(status).toMatchObject({
    pid: daemon.pid(),
    state: 'running',
    stateDirectory: daemon.stateDirectory,
  });
  expect(status.runtime.available).toBe(false);
  expect(statSync(daemon.adminSocket).mode & 0o777).toBe(0o660);
  expect(statSync(dirname(daemon.adminSocket)).mode & 0o777).toBe(0o700);
  const offered = await client.call('initialize', {
    protocolVersion: 1,
    client: { name: 'test', version: '1' },
  });
  const document = await client.call('rpc.discover', {});
  expect(document.methods).toHaveLength(offered.capabilities.methods.length);
  expect(await daemon.stop()).toBe(0);
  expect(existsSync(daemon.adminSocket)).toBe(false);
  expect(existsSync(join(daemon.stateDirectory, 'gitisod.lock'))).toBe(false);
});

test('a second daemon on the same state directory is refused and disturbs nothing (RP-18)', async () => {
  const daemon = await startDaemon(withoutDocker);
  const second = run(['--config', daemon.configFile, '--run-directory', join(tempDir(), 'r')]);
  expect(second.status).toBe(75);
  expect(second.stderr).toContain(`another daemon (process ${daemon.pid()}) uses this state directory`);
  const client = await daemon.connect();
  expect((await client.call('daemon.status', {})).pid).toBe(daemon.pid());
  await daemon.stop();
});

test('after a daemon was killed the next one takes over its lock and its socket', async () => {
  const daemon = await startDaemon(withoutDocker);
  await daemon.kill();
  expect(existsSync(daemon.adminSocket)).toBe(true);
  await daemon.start();
  const client = await daemon.connect();
  expect((await client.call('daemon.status', {})).pid).toBe(daemon.pid());
  await daemon.stop();
});

test('daemon.shutdown is answered before the daemon stops', async () => {
  const daemon = await startDaemon(withoutDocker);
  const client = await daemon.connect();
  expect(await client.call('daemon.shutdown', {})).toEqual({ stopping: true });
  await until(() => client.closed.aborted);
  expect(await daemon.stop()).toBe(0);
});

/** Makes `repo.add` last until the returned function is called: git waits for the other end of the ssh command. */
function holdingSsh(directory: string): { env: Record<string, string>; begun: string; release: () => void } {
  const [script, begun, gate] = [join(directory, 'ssh'), join(directory, 'begun'), join(directory, 'gate')];
  writeFileSync(script, `#!/bin/sh\n: >${begun}\nwhile ! [ -e ${gate} ]; do sleep 0.05; done\nexit 1\n`, {
    mode: 0o755,
  });
  return {
    env: { GIT_SSH_COMMAND: script, GIT_SSH_VARIANT: 'ssh' },
    begun,
    release: () => writeFileSync(gate, ''),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('the first SIGTERM lets a change under way finish and refuses new ones', async () => {
  const directory = tempDir();
  const { env, begun, release } = holdingSsh(directory);
  const daemon = await startDaemon({ ...withoutDocker, env });
  const client = await daemon.connect();
  const underWay = client.call('repo.add', { location: 'ssh://host.invalid/r.git' });
  const outcome = expect(underWay).rejects.toMatchObject({ code: 'repo-unreachable' });
  await until(() => existsSync(begun));
  const exited = daemon.stop();
  await until(() => daemon.log().includes('stopping'));
  await expect(client.call('repo.add', { location: '/nowhere' })).rejects.toMatchObject({
    code: 'shutting-down',
  });
  expect(await client.call('daemon.status', {})).toMatchObject({ state: 'draining' });
  release();
  await outcome;
  expect(await exited).toBe(0);
});

test('a stop does not wait longer for a change than it may', async () => {
  const directory = tempDir();
  const { env, begun, release } = holdingSsh(directory);
  const daemon = await startDaemon({ ...withoutDocker, env, config: { drainTimeoutMs: 100 } });
  const client = await daemon.connect();
  const underWay = expect(
    client.call('repo.add', { location: 'ssh://host.invalid/r.git' }),
  ).rejects.toBeDefined();
  await until(() => existsSync(begun));
  expect(await daemon.stop()).toBe(0);
  await underWay;
  release();
});

test('the second SIGTERM exits at once', async () => {
  const directory = tempDir();
  const { env, begun, release } = holdingSsh(directory);
  const daemon = await startDaemon({ ...withoutDocker, env });
  const client = await daemon.connect();
  const underWay = expect(
    client.call('repo.add', { location: 'ssh://host.invalid/r.git' }),
  ).rejects.toBeDefined();
  await until(() => existsSync(begun));
  const pid = daemon.pid();
  const exited = daemon.stop();
  await until(() => daemon.log().includes('stopping'));
  process.kill(pid, 'SIGTERM');
  expect(await exited).toBe(143);
  await underWay;
  release();
});

test('a configuration that is refused on reload is reported and the old one stays', async () => {
  const daemon = await startDaemon({ ...withoutDocker, config: { watch: { enabled: false } } });
  const good = readFileSync(daemon.configFile, 'utf8');
  const client = await daemon.connect();
  const error = async () => (await client.call('daemon.status', {})).config.error;
  writeFileSync(daemon.configFile, '{"limit":1}');
  process.kill(daemon.pid(), 'SIGHUP');
  while ((await error()) === null) await new Promise((resolve) => setImmediate(resolve));
  expect(await error()).toContain('did you mean "limits"?');
  const relaxed = JSON.parse(good) as object;
  writeFileSync(daemon.configFile, JSON.stringify({ ...relaxed, limits: { batchLength: 2 } }));
  process.kill(daemon.pid(), 'SIGHUP');
  while ((await error()) !== null) await new Promise((resolve) => setImmediate(resolve));
  const { capabilities } = await client.call('initialize', {
    protocolVersion: 1,
    client: { name: 't', version: '' },
  });
  expect(capabilities.limits.batchLength).toBe(2);
  await daemon.stop();
});

test('events reach a subscriber until it unsubscribes, and a bad peer meanwhile disturbs nobody', async () => {
  const daemon = await startDaemon(withoutDocker);
  const clone = await makeRepo();
  const [watcher, client] = [await daemon.connect(), await daemon.connect()];
  const seen: unknown[] = [];
  watcher.on('events.event', (event) => seen.push(event));
  const { subscription } = await watcher.call('events.subscribe', { topics: ['refs'] });
  const bad = await connectRaw(daemon.adminSocket, 'lines');
  bad.write('{"a":'.repeat(100000));
  await client.call('repo.add', { location: clone, id: 'r' });
  await until(() => seen.length > 0);
  expect(seen[0]).toMatchObject({ topic: 'refs', repo: 'r' });
  expect(await watcher.call('events.unsubscribe', { subscription })).toEqual({ removed: true });
  expect(await watcher.call('events.unsubscribe', { subscription })).toEqual({ removed: false });
  bad.close();
  await daemon.stop();
});

test('systemd is told when the daemon serves and when it stops', async () => {
  const directory = tempDir();
  const receiver = spawn(
    'python3',
    [
      '-c',
      'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound",flush=True)\nwhile True: print(s.recv(4096).decode().replace("\\n"," "),flush=True)',
      join(directory, 'notify'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let told = '';
  receiver.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  await until(() => told.includes('bound'));
  const daemon = await startDaemon({ ...withoutDocker, env: { NOTIFY_SOCKET: join(directory, 'notify') } });
  await until(() => told.includes('READY=1'));
  expect(told).toContain(`MAINPID=${daemon.pid()}`);
  await daemon.stop();
  await until(() => told.includes('STOPPING=1'));
  receiver.kill();
});
