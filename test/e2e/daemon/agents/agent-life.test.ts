import { lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../../../helpers/docker-socket';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { openStage, type AgentStage } from './agent-stage';

let stage: AgentStage;
const never = new AbortController().signal;

beforeAll(async () => {
  stage = await openStage({ state: join(tempDir(), 'state') });
  await stage.fixture.add(await makeRepo({ files: 3 }), { id: 'r' });
});

afterAll(async () => {
  await stage.end();
  await stage.removeContainers();
});

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('it did not happen within 10 s');
    await sleep(20);
  }
}

describe('a stopped agent', () => {
  test('keeps its work, its git state and what it installed, and goes on after a start', async () => {
    await stage.create('pause');
    await stage.sh('pause', 'echo new > new; git add new; echo tool > /usr/local/tool');
    expect(await stage.life.stop('pause')).toMatchObject({ status: 'stopped' });
    expect(await stage.life.stop('pause')).toMatchObject({ status: 'stopped' });
    expect(await stage.life.measure('pause')).toMatchObject({ container: null, disk: { workspace: null } });
    expect(await stage.life.start('pause', never)).toMatchObject({ status: 'ready' });
    expect(await stage.sh('pause', 'git status --porcelain; cat /usr/local/tool')).toBe('A  new\ntool');
  });

  test('gets a new container when its own is gone, and keeps its work', async () => {
    const { record } = await stage.create('anew');
    await stage.sh('anew', 'echo new > new; git add new');
    await stage.life.stop('anew');
    await docker('rm', '-f', record.containerId ?? '');
    const started = await stage.life.start('anew', never);
    expect(started.containerId).not.toBe(record.containerId);
    expect(await stage.sh('anew', 'git status --porcelain')).toBe('A  new');
  });

  test.each([
    ['a link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['another content', (path: string) => writeFileSync(path, 'gitdir: /somewhere/else')],
  ])('does not start when its .git on the host was replaced by %s', async (what, replace) => {
    const id = `planted-${String(what.length)}`;
    const { record } = await stage.create(id);
    await stage.life.stop(id);
    const path = join(record.hostDirectory, '.git');
    rmSync(path, { recursive: true });
    replace(path);
    const passwd = readFileSync('/etc/passwd', 'utf8');
    await expect(stage.life.start(id, never)).rejects.toMatchObject({ code: 'runtime-failed' });
    expect(stage.registry.require(id).status).toBe('stopped');
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(passwd);
    rmSync(path);
    await stage.life.start(id, never);
    expect(lstatSync(path).isDirectory()).toBe(true);
    expect(await git(record.hostDirectory, ['rev-parse', 'HEAD'])).toBe(
      await stage.sh(id, 'git rev-parse HEAD'),
    );
  });

  test('is known as stopped when its container ended by itself', async () => {
    const { record } = await stage.create('dies');
    const before = stage.fixture.events.length;
    await docker('kill', record.containerId ?? '');
    await until(() => stage.registry.require('dies').status === 'stopped');
    expect(stage.fixture.events.slice(before)).toContainEqual(
      expect.objectContaining({ topic: 'agents', agent: 'dies', data: { status: 'stopped', was: 'ready' } }),
    );
    expect(await stage.life.start('dies', never)).toMatchObject({ status: 'ready' });
  });
});

describe('a command in an agent', () => {
  const exec = async (id: string, argv: string[], more: { stdin?: Buffer; signal?: AbortSignal } = {}) => {
    const output = { stdout: '', stderr: '' };
    const exitCode = await stage.runtime.exec(stage.registry.require(id).containerId ?? '', {
      argv,
      workdir: '/workspace',
      environment: { GREETING: 'hello' },
      stdin: more.stdin ?? null,
      onOutput: async (stream, data) => {
        output[stream] += data.toString();
      },
      signal: more.signal ?? never,
    });
    return { exitCode, ...output };
  };

  beforeAll(async () => {
    await stage.create('runner');
  });

  test('gets its input, its environment and gives back both streams and its exit code', async () => {
    const result = await exec('runner', ['sh', '-c', 'cat; echo $GREETING >&2; exit 7'], {
      stdin: Buffer.from('from the host\n'),
    });
    expect(result).toEqual({ exitCode: 7, stdout: 'from the host\n', stderr: 'hello\n' });
  });

  test('prints as much as it likes', async () => {
    const { stdout } = await exec('runner', ['head', '-c', '3000000', '/dev/zero']);
    expect(stdout).toHaveLength(3_000_000);
  });

  test('is killed with its children when the caller gives up', async () => {
    const control = new AbortController();
    const running = exec('runner', ['sh', '-c', 'sleep 987 & sleep 987'], { signal: control.signal });
    const count = 'grep -lx sleep /proc/[0-9]*/comm 2>/dev/null | wc -l';
    const sleepers = async () => Number((await exec('runner', ['sh', '-c', count])).stdout);
    while ((await sleepers()) < 2) await sleep(50);
    control.abort();
    await expect(running).rejects.toMatchObject({ code: 'request-cancelled' });
    while ((await sleepers()) > 0) await sleep(50);
  });

  test('has its use measured', async () => {
    await stage.sh('runner', 'head -c 200000 /dev/urandom > blob; git add blob');
    const { container, disk } = await stage.life.measure('runner');
    expect(container?.memoryBytes).toBeGreaterThan(0);
    expect(container?.pids).toBeGreaterThan(0);
    expect(disk.workspace?.bytes).toBeGreaterThan(200_000);
    expect(disk.quarantine?.bytes).toBeGreaterThan(200_000);
    expect(disk.gitdir?.inodes).toBeGreaterThan(3);
  });
});
