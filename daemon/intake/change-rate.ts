/** How often an agent may ask for a change: beyond that its requests wait, and nobody else's do. */

export interface ChangeRate {
  /** Resolves when it is this agent's time; throws the signal's reason. */
  readonly wait: (agent: string, signal: AbortSignal) => Promise<void>;
}

/** A bucket of one minute per agent: a rebase or an import in a burst does not wait. `now` in milliseconds, monotonic. */
export function createChangeRate(perMinute: () => number, now: () => number): ChangeRate {
  /** When the bucket of an agent will be full again. */
  const fullAt = new Map<string, number>();
  return {
    wait: async (agent, signal) => {
      const costMs = 60_000 / perMinute();
      const time = now();
      const full = Math.max(time, fullAt.get(agent) ?? 0) + costMs;
      fullAt.set(agent, full);
      const delayMs = full - time - 60_000;
      if (delayMs > 0) await pause(delayMs, signal);
    },
  };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }, delayMs);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
