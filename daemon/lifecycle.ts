/**
 * Whether the daemon runs or drains, and which requests that change something are under way. It decides
 * nothing about signals or exit codes: that is main.ts.
 */

export interface Lifecycle {
  readonly state: () => 'running' | 'draining';
  readonly startedAt: Date;
  /** Asks for an orderly stop; main.ts carries it out. Further calls change nothing. */
  readonly requestStop: (reason: string) => void;
  /** Aborted by `requestStop`; its reason is the text given there. */
  readonly stopRequested: AbortSignal;
}

/** The side of the dispatcher and of compose.ts. */
export interface DrainableLifecycle extends Lifecycle {
  /** Counts a request that changes something; call the result when it is answered. */
  readonly beginWrite: () => () => void;
  /** From now on `state` is draining. Resolves to whether all writes were answered within the time. */
  readonly drain: (timeoutMs: number) => Promise<boolean>;
}

export function createLifecycle(startedAt: Date): DrainableLifecycle {
  const stop = new AbortController();
  const idleWaiters = new Set<() => void>();
  let isDraining = false;
  let writes = 0;

  function endWrite(): void {
    writes -= 1;
    if (writes === 0) for (const wake of idleWaiters) wake();
  }

  return {
    state: () => (isDraining ? 'draining' : 'running'),
    startedAt,
    requestStop: (reason) => stop.abort(reason),
    stopRequested: stop.signal,
    beginWrite: () => {
      writes += 1;
      let isOver = false;
      return () => {
        if (!isOver) endWrite();
        isOver = true;
      };
    },
    drain: (timeoutMs) => {
      isDraining = true;
      if (writes === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (isIdle: boolean) => {
          clearTimeout(timer);
          idleWaiters.delete(onIdle);
          resolve(isIdle);
        };
        const onIdle = () => settle(true);
        const timer = setTimeout(() => settle(false), timeoutMs);
        idleWaiters.add(onIdle);
      });
    },
  };
}
