import { createOperationQueue } from '../../../../daemon/repos/operation-queue';

describe('createOperationQueue', () => {
  it('runs one task of a key at a time, in order, and those of other keys beside', async () => {
    const queue = createOperationQueue();
    const log: string[] = [];
    const task = (name: string) => async () => {
      log.push(`${name}+`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name}-`);
    };
    await Promise.all([
      queue.run('x', 1000, task('a')),
      queue.run('x', 1000, task('b')),
      queue.run('y', 1000, task('c')),
    ]);
    expect(log.filter((entry) => !entry.startsWith('c'))).toEqual(['a+', 'a-', 'b+', 'b-']);
    expect(log.indexOf('c+')).toBeLessThan(log.indexOf('a-'));
    await queue.idle();
  });

  it('gives up waiting, does not run the task, and lets later ones pass', async () => {
    const queue = createOperationQueue();
    let release: () => void = () => undefined;
    const first = queue.run('x', 1000, () => new Promise<void>((resolve) => (release = resolve)));
    const started = jest.fn(() => Promise.resolve());
    await expect(queue.run('x', 5, started)).rejects.toMatchObject({ code: 'timed-out' });
    release();
    await first;
    expect(await queue.run('x', 1000, () => Promise.resolve('after'))).toBe('after');
    expect(started).not.toHaveBeenCalled();
  });

  it('goes on after a task that failed', async () => {
    const queue = createOperationQueue();
    await expect(queue.run('x', 1000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run('x', 1000, () => Promise.resolve(1))).toBe(1);
  });
});
