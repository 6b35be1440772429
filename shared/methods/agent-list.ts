import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentSchema, DamagedSchema } from '../records';

export const agentList = defineMethod({
  name: 'agent.list',
  summary: 'All agents, removed ones on request',
  caller: 'admin',
  access: 'read',
  params: Type.Object(
    {
      repo: Type.Optional(Type.String({ maxLength: 63 })),
      removed: Type.Optional(Type.Boolean({ description: 'Include removed agents that can be restored' })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      agents: Type.Array(AgentSchema),
      damaged: Type.Optional(
        Type.Array(DamagedSchema, {
          description: 'Agents whose records can not be read; nothing of them is deleted',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  errors: [],
});
