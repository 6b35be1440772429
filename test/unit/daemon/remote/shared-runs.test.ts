import { createSharedRuns, type Waiter } from '../../../../daemon/remote/shared-runs';
import { deferred } from '../../../helpers/deferred';

function waiter(signal = new AbortController().signal): Waiter & { readonly texts: string[] } {
  const texts: string[] = [];
  return { signal, wantsProgress: false, onText: (text) => texts.push(text), texts };
}

describe('shared runs', () => {
  it('begin one at a time; who asks meanwhile shares the next one', async () => {
    const runs = createSharedRuns<number>();
    const first = deferred<number>();
    let begun = 0;
    const start = () => {
      begun += 1;
      return begun === 1 ? first.promise : Promise.resolve(begun);
    };
    const one = runs.join('k', start, waiter());
    await Promise.resolve();
    await Promise.resolve();
    const two = runs.join('k', start, waiter());
    const three = runs.join('k', start, waiter());
    expect(begun).toBe(1);
    first.resolve(1);
    expect(await Promise.all([one, two, three])).toEqual([1, 2, 2]);
    expect(begun).toBe(2);
    expect(await runs.join('other', () => Promise.resolve(9), waiter())).toBe(9);
  });

  it('tell everyone who waits, and fail for all', async () => {
    const runs = createSharedRuns<number>();
    const [a, b] = [waiter(), { ...waiter(), wantsProgress: true }];
    const start = (run: { onText: (text: string) => void; wantsProgress: boolean }) => {
      run.onText(`progress ${String(run.wantsProgress)}`);
      return Promise.reject(new Error('no'));
    };
    const results = await Promise.allSettled([runs.join('k', start, a), runs.join('k', start, b)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([a.texts, b.texts]).toEqual([['progress true'], ['progress true']]);
    expect(await runs.join('k', () => Promise.resolve(1), waiter())).toBe(1);
  });

  it('are aborted when nobody waits any more, not before', async () => {
    const runs = createSharedRuns<number>();
    const [a, b] = [new AbortController(), new AbortController()];
    const held = deferred<number>();
    let signal: AbortSignal | undefined;
    const start = (run: { signal: AbortSignal }) => {
      signal = run.signal;
      return held.promise;
    };
    const one = runs.join('k', start, waiter(a.signal));
    const two = runs.join('k', start, waiter(b.signal));
    await Promise.resolve();
    await Promise.resolve();
    a.abort(new Error('gone'));
    await expect(one).rejects.toThrow('gone');
    expect(signal?.aborted).toBe(false);
    b.abort(new Error('gone'));
    await expect(two).rejects.toThrow('gone');
    expect(signal?.aborted).toBe(true);
    const later = runs.join('k', () => Promise.resolve(3), waiter());
    held.resolve(0);
    expect(await later).toBe(3);
    await expect(runs.join('k', start, waiter(a.signal))).rejects.toThrow('gone');
  });
});
