import { createEventBus } from '../../../../daemon/events/event-bus';
import { startSubscription } from '../../../../daemon/events/subscription';
import { deferred } from '../../../helpers/deferred';

/** A peer whose notifications are written down and that can stop reading. */
function makePeer() {
  const received: unknown[] = [];
  const control = new AbortController();
  let reading = deferred<boolean>();
  let holds = 0;
  reading.resolve(true);
  return {
    received,
    control,
    stopReading: () => {
      reading = deferred<boolean>();
    },
    resume: () => reading.resolve(true),
    holds: () => holds,
    peer: {
      closed: control.signal,
      hold: () => {
        holds += 1;
        return () => {
          holds -= 1;
        };
      },
      notify: async (method: string, params: unknown) => {
        received.push([method, params]);
        await reading.promise;
      },
    },
  };
}

const bus = () => createEventBus(() => new Date(0));
const event = (repo: string, topic: 'agents' | 'commits' = 'commits', agent: string | null = null) => ({
  topic,
  agent,
  repo,
  data: {},
});
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('only wanted events arrive', async () => {
  const events = bus();
  const { received, peer } = makePeer();
  const filter = { topics: ['commits'] as const, repo: 'r', agent: 'a' };
  startSubscription(events, {
    id: 's1',
    filter: { ...filter, topics: ['commits'] },
    peer,
    bufferLength: () => 10,
  });
  events.publish(event('r', 'commits', 'a'));
  events.publish(event('r', 'agents', 'a'));
  events.publish(event('other', 'commits', 'a'));
  events.publish(event('r', 'commits', 'b'));
  await settle();
  expect(received).toEqual([
    ['events.event', { ...event('r', 'commits', 'a'), time: '1970-01-01T00:00:00.000Z' }],
  ]);
});

test('a slow subscriber loses the oldest events, is told how many, and nobody waits for it', async () => {
  const events = bus();
  const { received, peer, stopReading, resume } = makePeer();
  stopReading();
  startSubscription(events, { id: 's1', filter: {}, peer, bufferLength: () => 2 });
  for (const repo of ['1', '2', '3', '4', '5']) events.publish(event(repo));
  await settle();
  expect(received).toHaveLength(1);
  resume();
  await settle();
  expect(received.slice(1)).toEqual([
    ['events.dropped', { subscription: 's1', count: 2 }],
    ['events.event', expect.objectContaining({ repo: '4' })],
    ['events.event', expect.objectContaining({ repo: '5' })],
  ]);
});

test('it ends when asked or when the peer is gone, and lets the connection go', async () => {
  const events = bus();
  const { received, peer, control, holds } = makePeer();
  const end = startSubscription(events, { id: 's1', filter: {}, peer, bufferLength: () => 2 });
  startSubscription(events, { id: 's2', filter: {}, peer, bufferLength: () => 2 });
  expect(holds()).toBe(2);
  end();
  end();
  expect(holds()).toBe(1);
  control.abort();
  expect(holds()).toBe(0);
  events.publish(event('r'));
  await settle();
  expect(received).toEqual([]);
});
