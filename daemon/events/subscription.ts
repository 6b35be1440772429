/**
 * One subscriber's view of the events: a filter and a bounded buffer. A subscriber that reads too slowly loses the
 * oldest events and is told how many; nobody ever waits for it.
 */
import type { GitisoEvent } from '../../shared/records';
import type { Peer } from '../dispatch/handler';
import type { EventBus } from './event-bus';

export interface EventFilter {
  /** undefined: all. */
  readonly topics?: readonly GitisoEvent['topic'][] | undefined;
  readonly repo?: string | undefined;
  readonly agent?: string | undefined;
}

export interface SubscriptionOptions {
  readonly id: string;
  readonly filter: EventFilter;
  readonly peer: Pick<Peer, 'notify' | 'closed' | 'hold'>;
  readonly bufferLength: () => number;
}

/** Sends `events.event` and `events.dropped` until the result is called or the peer is gone. */
export function startSubscription(bus: EventBus, options: SubscriptionOptions): () => void {
  const { id, filter, peer, bufferLength } = options;
  const buffer: GitisoEvent[] = [];
  let dropped = 0;
  let isSending = false;
  let isOver = false;

  async function sendAll(): Promise<void> {
    isSending = true;
    while (!isOver && (dropped > 0 || buffer.length > 0)) {
      if (dropped > 0) {
        const count = dropped;
        dropped = 0;
        await peer.notify('events.dropped', { subscription: id, count });
      }
      const event = buffer.shift();
      if (event !== undefined) await peer.notify('events.event', event);
    }
    isSending = false;
  }

  const unsubscribe = bus.subscribe((event) => {
    if (!isWanted(event, filter)) return;
    buffer.push(event);
    while (buffer.length > bufferLength()) {
      buffer.shift();
      dropped += 1;
    }
    // `notify` never rejects, so neither does this.
    if (!isSending) void sendAll();
  });
  const release = peer.hold();

  function end(): void {
    if (isOver) return;
    isOver = true;
    unsubscribe();
    release();
  }
  peer.closed.addEventListener('abort', end, { once: true });
  return () => {
    peer.closed.removeEventListener('abort', end);
    end();
  };
}

function isWanted(event: GitisoEvent, { topics, repo, agent }: EventFilter): boolean {
  if (topics !== undefined && !topics.includes(event.topic)) return false;
  return (repo === undefined || event.repo === repo) && (agent === undefined || event.agent === agent);
}
