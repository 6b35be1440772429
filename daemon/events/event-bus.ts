/** Events inside the daemon: publishers never wait, subscribers have bounded buffers (see subscription.ts). */
import type { GitisoEvent } from '../../shared/records';

export interface EventBus {
  readonly publish: (event: Omit<GitisoEvent, 'time'>) => void;
  /** Returns the function that ends the subscription. The sink must not throw. */
  readonly subscribe: (sink: (event: GitisoEvent) => void) => () => void;
}

export function createEventBus(now: () => Date): EventBus {
  const sinks = new Set<(event: GitisoEvent) => void>();
  return {
    publish: (event) => {
      const stamped: GitisoEvent = { ...event, time: now().toISOString() };
      for (const sink of sinks) sink(stamped);
    },
    subscribe: (sink) => {
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
  };
}
