import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireStateLock } from '../../../daemon/state-lock';
import { tempDir } from '../../helpers/temp-dir';

const helpers = join(__dirname, '../../helpers');

describe('the lock of a state directory', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = tempDir();
    path = join(directory, 'gitisod.lock');
  });

  async function takeInChild(): Promise<{ child: ChildProcess; said: string }> {
    const script = ['-r', join(helpers, 'run-typescript.js'), join(helpers, 'hold-lock-in-child.ts')];
    const child = spawn(process.execPath, [...script, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [data] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, said: data.toString().trim() };
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  const owner = () =>
    JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startTime: string; bootId: string };

  test('is not given to a second process while the first lives, and is after it was killed', async () => {
    const first = await takeInChild();
    expect(first.said).toBe('held');
    await expect(acquireStateLock(directory, process.pid)).rejects.toMatchObject({
      code: 'already-running',
      details: { pid: first.child.pid },
    });
    expect(owner().pid).toBe(first.child.pid);
    await end(first.child, 'SIGKILL');
    const lock = await acquireStateLock(directory, process.pid);
    expect(owner().pid).toBe(process.pid);
    expect((await takeInChildAndEnd()).said).toBe('already-running');
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  async function takeInChildAndEnd(): Promise<{ said: string }> {
    const { child, said } = await takeInChild();
    await end(child, 'SIGTERM');
    return { said };
  }

  test.each([
    ['of another boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
    ['whose process id is in use again', { startTime: '1' }],
    ['that does not exist', { pid: 4194303 }],
  ])('is taken over from an owner %s', async (_name, change) => {
    const lock = await acquireStateLock(directory, process.pid);
    const own = owner();
    await lock.release();
    writeFileSync(path, JSON.stringify({ ...own, ...change }));
    const taken = await acquireStateLock(directory, process.pid);
    expect(owner()).toEqual(own);
    await taken.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([['nothing'], ['{"pid":'], ['{"pid":1}'], ['[]'], ['null']])(
    'is taken over when it says %s',
    async (text) => {
      writeFileSync(path, text === 'nothing' ? '' : text);
      const lock = await acquireStateLock(directory, process.pid);
      expect(owner().pid).toBe(process.pid);
      await lock.release();
    },
  );

  test('of a dead owner goes to exactly one of many that want it', async () => {
    for (let round = 0; round < 10; round += 1) {
      writeFileSync(path, JSON.stringify({ pid: 4194303, startTime: '1', bootId: 'x' }));
      const takers = Array.from({ length: 12 }, () => acquireStateLock(directory, process.pid));
      const results = await Promise.allSettled(takers);
      const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(held).toHaveLength(1);
      await held[0]?.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test('is taken over although an earlier taker died while it took over', async () => {
    const dead = JSON.stringify({ pid: 4194303, startTime: '1', bootId: 'x' });
    writeFileSync(path, dead);
    writeFileSync(`${path}.after-4194303-1`, dead);
    const lock = await acquireStateLock(directory, process.pid);
    expect(owner().pid).toBe(process.pid);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that has become somebody else’s is not removed by its former owner', async () => {
    const lock = await acquireStateLock(directory, process.pid);
    writeFileSync(path, 'another');
    await lock.release();
    expect(existsSync(path)).toBe(true);
  });
});
