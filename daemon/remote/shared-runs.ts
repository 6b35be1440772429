/**
 * One run at a time per key, shared by all that wait for the next one: whoever asks gets the result of a run that
 * began after it asked. A run is aborted when nobody waits for it any more.
 */
export interface Waiter {
  readonly signal: AbortSignal;
  /** What the run tells while it goes on. */
  readonly onText: (text: string) => void;
  readonly wantsProgress: boolean;
}

export interface RunSurroundings {
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  /** Whether anyone wants to see progress. */
  readonly wantsProgress: boolean;
}

export interface SharedRuns<T> {
  /** Rejects as the run does, and at once when the waiter's signal is aborted. `start` of the first who asks counts. */
  readonly join: (
    key: string,
    start: (surroundings: RunSurroundings) => Promise<T>,
    waiter: Waiter,
  ) => Promise<T>;
}

interface Run<T> {
  readonly waiters: Set<Waiter>;
  readonly control: AbortController;
  readonly result: Promise<T>;
}

interface Line<T> {
  /** The run that has not begun; null: there is none. */
  next: Run<T> | null;
  /** Settles when everything that was asked for so far is over. */
  tail: Promise<void>;
}

export function createSharedRuns<T>(): SharedRuns<T> {
  const lines = new Map<string, Line<T>>();

  function enqueue(key: string, line: Line<T>, start: (s: RunSurroundings) => Promise<T>): Run<T> {
    const waiters = new Set<Waiter>();
    const control = new AbortController();
    const result = line.tail.then(() => {
      if (line.next === run) line.next = null;
      control.signal.throwIfAborted();
      return start({
        signal: control.signal,
        onText: (text) => {
          for (const waiter of waiters) waiter.onText(text);
        },
        wantsProgress: [...waiters].some((waiter) => waiter.wantsProgress),
      });
    });
    const run: Run<T> = { waiters, control, result };
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    line.tail = tail;
    void tail.then(() => {
      if (line.tail === tail) lines.delete(key);
    });
    return run;
  }

  return {
    join: async (key, start, waiter) => {
      waiter.signal.throwIfAborted();
      const line = lines.get(key) ?? { next: null, tail: Promise.resolve() };
      lines.set(key, line);
      if (line.next === null || line.next.control.signal.aborted) line.next = enqueue(key, line, start);
      return wait(line.next, waiter);
    },
  };
}

async function wait<T>(run: Run<T>, waiter: Waiter): Promise<T> {
  run.waiters.add(waiter);
  let onAbort: () => void = () => undefined;
  const gone = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      run.waiters.delete(waiter);
      if (run.waiters.size === 0) run.control.abort(waiter.signal.reason);
      reject(waiter.signal.reason as Error);
    };
  });
  waiter.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run.result, gone]);
  } finally {
    waiter.signal.removeEventListener('abort', onAbort);
    run.waiters.delete(waiter);
  }
}
