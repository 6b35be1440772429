/** Collects bursts: runs an action some time after the first sign, never twice at once, and again for later signs. */
export interface Debounced {
  readonly trigger: () => void;
  /** No run starts any more; resolves when the one under way has ended. */
  readonly stop: () => Promise<void>;
}

/** `delayMs` is asked each time. The action's failures go to `onError`. */
export function debounce(
  delayMs: () => number,
  action: () => Promise<void>,
  onError: (error: unknown) => void,
): Debounced {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isAgain = false;
  let isStopped = false;

  const run = (): void => {
    timer = undefined;
    running = action()
      .catch(onError)
      .finally(() => {
        running = undefined;
        if (!isAgain) return;
        isAgain = false;
        trigger();
      });
  };
  const trigger = (): void => {
    if (isStopped || timer !== undefined) return;
    if (running !== undefined) isAgain = true;
    else timer = setTimeout(run, delayMs());
  };
  return {
    trigger,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
