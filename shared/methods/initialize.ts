import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;

/** The version of the protocol in docs/protocol.md; it changes only when an old client could misunderstand. */
export const protocolVersion = 1;

export const initialize = defineMethod({
  name: 'initialize',
  summary: 'Say who is calling and learn what this socket offers',
  caller: 'both',
  access: 'read',
  params: Type.Object(
    {
      protocolVersion: Type.Integer({ minimum: 1 }),
      client: Type.Object(
        { name: Type.String({ maxLength: 100 }), version: Type.String({ maxLength: 100 }) },
        closed,
      ),
    },
    closed,
  ),
  result: Type.Object(
    {
      protocolVersion: Type.Integer(),
      server: Type.Object({ name: Type.String(), version: Type.String() }, closed),
      capabilities: Type.Object(
        {
          methods: Type.Array(Type.String()),
          framing: Type.Array(Type.String()),
          events: Type.Array(Type.String()),
          limits: Type.Object(
            { frameBytes: Type.Integer(), batchLength: Type.Integer(), pendingRequests: Type.Integer() },
            closed,
          ),
        },
        closed,
      ),
    },
    closed,
  ),
  errors: [],
});
