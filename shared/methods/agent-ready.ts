import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;

/**
 * The container's first process says that it runs and what it found; the answer comes when the agent's
 * container shall end, so the connection stays open and the daemon can ask for work meanwhile.
 */
export const agentReady = defineMethod({
  name: 'agent.ready',
  summary: "The container's first process reports the mounts it sees and stays at the daemon's disposal",
  caller: 'agent',
  access: 'read',
  params: Type.Object(
    {
      git: Type.Union([Type.String({ maxLength: 200 }), Type.Null()], {
        description: 'Path of the real git, null when the image has none',
      }),
      mounts: Type.Record(
        Type.String({ pattern: '^/[\\x21-\\x7e]{0,255}$' }),
        Type.Union([Type.Literal('rw'), Type.Literal('ro'), Type.Literal('missing')]),
        {
          ...closed,
          maxProperties: 32,
          description: 'Container path to what was seen by trying',
        },
      ),
      uid: Type.Integer({ minimum: 0 }),
      gid: Type.Integer({ minimum: 0 }),
    },
    closed,
  ),
  result: Type.Object({ exitCode: Type.Integer({ minimum: 0, maximum: 255 }) }, closed),
  errors: [],
});
