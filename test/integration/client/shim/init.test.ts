/** The container's first process: what it reports, that it serves, and that it neither dies nor idles loudly. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { agentReady } from '../../../../shared/methods/agent-ready';
import { startFakeDaemon, type Call, type FakeDaemon, type ShimPeer } from './fake-daemon';
import { createShimWorld, finished, type ShimWorld } from './shim-world';

let world: ShimWorld;
let daemon: FakeDaemon | undefined;
let init: ChildProcess | undefined;

beforeAll(() => {
  world = createShimWorld();
});
afterEach(async () => {
  if (init?.exitCode === null && init.signalCode === null) {
    const ended = finished(init);
    init.kill('SIGKILL');
    await ended;
  }
  await daemon?.stop();
  daemon = undefined;
});
afterAll(() => {
  world.remove();
});

interface Arrival {
  readonly call: Call;
  readonly peer: ShimPeer;
}

/** A daemon whose arrivals can be waited for one by one. */
async function listen(): Promise<() => Promise<Arrival>> {
  const arrived: Arrival[] = [];
  const waiting: ((arrival: Arrival) => void)[] = [];
  daemon = await startFakeDaemon(world.socket, (call, peer) => {
    const next = waiting.shift();
    if (next === undefined) arrived.push({ call, peer });
    else next({ call, peer });
    return 'none';
  });
  return () => {
    const next = arrived.shift();
    return next === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(next);
  };
}

function start(): ChildProcess {
  init = spawn(join(world.gitiso, 'bin/gitiso-init'), [], { env: world.env, cwd: world.workspace });
  return init;
}

test('it reports the mounts, the real git and who it is', async () => {
  const next = await listen();
  rmSync(join(world.gitiso, 'etc'), { recursive: true });
  start();

  const { call } = await next();

  const validate = new Ajv().compile(agentReady.params);
  validate(call.params);
  expect(validate.errors).toBeNull();
  expect(call).toMatchObject({ method: 'agent.ready', attachments: [] });
  expect(call.params).toMatchObject({
    git: '/usr/bin/git',
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    mounts: {
      [world.workspace]: 'rw',
      [world.gitdir]: 'rw',
      [world.shared]: 'rw',
      [join(world.gitiso, 'etc')]: 'missing',
      [join(world.gitiso, 'bin')]: 'rw',
    },
  });
  expect(existsSync(join(world.workspace, '.gitiso-probe'))).toBe(false);
});

test('before it reports, the agent sees the shared refs', async () => {
  const next = await listen();
  world.sharedGit('branch', 'made-before', world.branch);
  start();
  await next();

  expect(realpathSync(join(world.gitdir, 'refs/heads/made-before'))).toBe(
    join(world.shared, 'refs/heads/made-before'),
  );
});

test('it serves requests for as long as it lives', async () => {
  const next = await listen();
  start();
  const { peer } = await next();

  for (let i = 0; i < 50; i++) {
    const params = {
      args: ['-C', world.workspace, 'rev-parse', '--show-toplevel'],
      stdin: 'null',
      stdout: 'capture',
      stderr: 'null',
      limit: 1000,
    };
    const { message, attachments } = await peer.request('shim.run', params);
    expect([message.result, attachments[0]?.toString()]).toEqual([
      { exitCode: 0, signal: 0, truncated: false },
      `${world.workspace}\n`,
    ]);
  }
  expect((await peer.request('shim.usage', { paths: [world.workspace] })).message.result).toMatchObject({
    usage: [{}],
  });
  expect((await peer.request('shim.read', { path: '/etc/hostname', limit: 100 })).attachments).toHaveLength(
    1,
  );
});

test('it connects again, also when there is no daemon for a while, and reports again', async () => {
  const first = await listen();
  const child = start();
  (await first()).peer.hangUp();
  expect((await first()).call.method).toBe('agent.ready');
  await daemon?.stop();

  const second = await listen();

  expect((await second()).call.method).toBe('agent.ready');
  expect(child.exitCode).toBeNull();
});

test('it starts before the daemon does', async () => {
  start();
  const next = await listen();
  expect((await next()).call.method).toBe('agent.ready');
});

test('the daemon ends it with an exit code, SIGTERM with 0', async () => {
  const next = await listen();
  if (daemon !== undefined) daemon.handle = () => ({ result: { exitCode: 7 } });
  expect(await finished(start())).toMatchObject({ code: 7, signal: null });
  await daemon?.stop();

  const again = await listen();
  const result = finished(start());
  await again();
  init?.kill('SIGTERM');
  expect(await result).toMatchObject({ code: 0, signal: null });
  expect(next).toBeDefined();
});

test('a program is ended when the daemon goes, so that the next daemon is served', async () => {
  const next = await listen();
  start();
  const { peer } = await next();
  void peer.request('shim.run', {
    program: 'sleep',
    args: ['60'],
    stdin: 'null',
    stdout: 'null',
    stderr: 'null',
    limit: 0,
  });
  peer.hangUp();
  expect((await next()).call.method).toBe('agent.ready');
});

test('as a first process it reaps orphans', async () => {
  const next = await listen();
  // A process of its own PID name space's first: orphans become its children.
  const program = join(world.gitiso, 'bin/gitiso-init');
  init = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', program], { env: world.env });
  const { peer } = await next();
  const run = async (script: string): Promise<string> => {
    const params = {
      program: 'sh',
      args: ['-c', script],
      stdin: 'null',
      stdout: 'capture',
      stderr: 'null',
      limit: 10_000,
    };
    return (await peer.request('shim.run', params)).attachments[0]?.toString() ?? '';
  };
  await run('for i in 1 2 3; do (sleep 0.01 &) ; done');

  const listZombies = `for i in 1 2 3 4 5 6 7 8 9 10; do grep -l '^State:.Z' /proc/[0-9]*/status || exit 0; sleep 0.1; done`;
  await run('sleep 0.05');
  expect(await run(listZombies)).toBe('');
});

test('connected and idle it does not wake up, and is small', async () => {
  const next = await listen();
  const child = start();
  const { peer } = await next();
  await peer.request('shim.usage', { paths: [] });
  const status = (): string => readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
  const switches = (): string | undefined => /^voluntary_ctxt_switches:\s*(\d+)/m.exec(status())?.[1];
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(100);
  const before = switches();
  await pause(300);

  expect(switches()).toBe(before);
  if (process.env['GITISO_TEST_SANITIZE'] === undefined) {
    expect(Number(/^RssAnon:\s*(\d+)/m.exec(status())?.[1])).toBeLessThan(256);
  }
});
