import { debounce } from '../../../../daemon/watch/debounce';

describe('debounce', () => {
  it('runs once for a burst, again for signs that came meanwhile, and never twice at once', async () => {
    let running = 0;
    let runs = 0;
    let release: () => void = () => undefined;
    const started: (() => void)[] = [];
    const nextStart = () => new Promise<void>((resolve) => started.push(resolve));
    const action = async (): Promise<void> => {
      running += 1;
      runs += 1;
      expect(running).toBe(1);
      started.shift()?.();
      await new Promise<void>((resolve) => (release = resolve));
      running -= 1;
    };
    const debounced = debounce(() => 1, action, fail);
    const first = nextStart();
    for (let count = 0; count < 5; count += 1) debounced.trigger();
    await first;
    const second = nextStart();
    debounced.trigger();
    debounced.trigger();
    release();
    await second;
    release();
    await debounced.stop();
    expect(runs).toBe(2);
    debounced.trigger();
    await debounced.stop();
    expect(runs).toBe(2);
  });

  it('hands failures over and goes on', async () => {
    const failures: unknown[] = [];
    let calls = 0;
    const done = new Promise<void>((resolve) => {
      const debounced = debounce(
        () => 1,
        () => {
          calls += 1;
          return Promise.reject(new Error(`number ${calls}`));
        },
        (error) => {
          failures.push(error);
          if (calls === 2) resolve();
          else setImmediate(debounced.trigger);
        },
      );
      debounced.trigger();
    });
    await done;
    expect(failures).toHaveLength(2);
  });
});

function fail(error: unknown): void {
  throw error;
}
