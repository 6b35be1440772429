/** One operation at a time per repository: adds, fetches and removals wait for each other, with a deadline. */
import { GitisoError } from '../../shared/errors';

export interface OperationQueue {
  /**
   * Runs the task when all earlier ones of this key have ended. Throws 'timed-out' when its turn does not come
   * within `waitMs`; the task is then never started. The task must have a deadline of its own.
   */
  readonly run: <T>(key: string, waitMs: number, task: () => Promise<T>) => Promise<T>;
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
}

export function createOperationQueue(): OperationQueue {
  const tails = new Map<string, Promise<void>>();

  const run = async <T>(key: string, waitMs: number, task: () => Promise<T>): Promise<T> => {
    const before = tails.get(key) ?? Promise.resolve();
    let release: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (release = resolve));
    const tail = before.then(() => turn);
    tails.set(key, tail);
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    try {
      await waitAtMost(before, waitMs, key);
      return await task();
    } finally {
      release();
    }
  };

  const idle = async (): Promise<void> => {
    while (tails.size > 0) await Promise.all(tails.values());
  };
  return { run, idle };
}

async function waitAtMost(turn: Promise<void>, waitMs: number, key: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new GitisoError('timed-out', `another operation on ${key} is still under way after ${waitMs} ms`),
      );
    }, waitMs);
  });
  try {
    await Promise.race([turn, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
