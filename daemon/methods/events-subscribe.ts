/** events.subscribe and events.unsubscribe: the subscriptions of each connection. */
import { GitisoError } from '../../shared/errors';
import type { Handler, Peer } from '../dispatch/handler';
import { startSubscription } from '../events/subscription';
import type { Services } from '../services';

/** A connection needs few; each has a buffer of its own. */
const maxSubscriptions = 16;

export interface EventHandlers {
  readonly subscribe: Handler<'events.subscribe'>;
  readonly unsubscribe: Handler<'events.unsubscribe'>;
}

export function eventHandlers({ events, config }: Pick<Services, 'events' | 'config'>): EventHandlers {
  const byPeer = new WeakMap<Peer, Map<string, () => void>>();
  let lastId = 0;
  return {
    subscribe: async (filter, { peer }) => {
      const subscriptions = byPeer.get(peer) ?? new Map<string, () => void>();
      if (subscriptions.size >= maxSubscriptions) {
        throw new GitisoError('limit-exceeded', `a connection has at most ${maxSubscriptions} subscriptions`);
      }
      lastId += 1;
      const id = `s${lastId}`;
      const bufferLength = () => config.current().events.bufferLength;
      subscriptions.set(id, startSubscription(events, { id, filter, peer, bufferLength }));
      byPeer.set(peer, subscriptions);
      return { subscription: id };
    },
    unsubscribe: async ({ subscription }, { peer }) => {
      const subscriptions = byPeer.get(peer);
      subscriptions?.get(subscription)?.();
      return { removed: subscriptions?.delete(subscription) ?? false };
    },
  };
}
