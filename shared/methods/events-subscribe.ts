import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;

export const eventTopics = ['agents', 'commits', 'refs', 'denials'] as const;
const TopicSchema = Type.Union([
  Type.Literal('agents'),
  Type.Literal('commits'),
  Type.Literal('refs'),
  Type.Literal('denials'),
]);

/** Events arrive as `events.event` notifications (params: GitisoEvent); `events.dropped` tells how many were lost. */
export const eventsSubscribe = defineMethod({
  name: 'events.subscribe',
  summary: 'Receive events on this connection until it closes',
  caller: 'admin',
  access: 'read',
  params: Type.Object(
    {
      topics: Type.Optional(
        Type.Array(TopicSchema, {
          minItems: 1,
          maxItems: 4,
          uniqueItems: true,
          description: 'All when left out',
        }),
      ),
      repo: Type.Optional(Type.String({ maxLength: 63 })),
      agent: Type.Optional(Type.String({ maxLength: 63 })),
    },
    closed,
  ),
  result: Type.Object({ subscription: Type.String() }, closed),
  errors: [],
});

export const eventsUnsubscribe = defineMethod({
  name: 'events.unsubscribe',
  summary: 'Stop receiving the events of a subscription',
  caller: 'admin',
  access: 'read',
  params: Type.Object({ subscription: Type.String({ maxLength: 64 }) }, closed),
  result: Type.Object({ removed: Type.Boolean() }, closed),
  errors: [],
});
