import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema } from '../records';

export const agentRemove = defineMethod({
  name: 'agent.remove',
  summary: 'Remove an agent; its branch stays and a snapshot of its work is kept',
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      id: AgentIdSchema,
      force: Type.Optional(Type.Boolean({ description: 'Also with uncommitted or unpublished work' })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      removed: Type.Boolean(),
      snapshot: Type.Union([Type.String({ description: 'Ref of the snapshot' }), Type.Null()]),
      warnings: Type.Array(Type.String(), { description: 'What could not be kept although force was given' }),
    },
    { additionalProperties: false },
  ),
  errors: [
    'agent-not-found',
    'agent-has-work',
    'agent-not-ready',
    'runtime-unavailable',
    'runtime-failed',
    'storage-failed',
    'image-not-found',
    'invalid-object',
    'timed-out',
  ],
});
