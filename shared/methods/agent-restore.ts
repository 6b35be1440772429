import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema, AgentSchema } from '../records';

export const agentRestore = defineMethod({
  name: 'agent.restore',
  summary: 'Bring a removed agent back from its newest snapshot: branch, staged, unstaged and untracked work',
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      id: AgentIdSchema,
      snapshot: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Number of the snapshot; the newest when left out' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ agent: AgentSchema, snapshot: Type.String() }, { additionalProperties: false }),
  errors: [
    'agent-exists',
    'snapshot-not-found',
    'agent-create-failed',
    'branch-taken',
    'repo-not-found',
    'image-not-found',
    'runtime-unavailable',
    'runtime-failed',
    'storage-failed',
    'timed-out',
  ],
});
