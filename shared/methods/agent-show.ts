import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema, AgentSchema } from '../records';

export const agentShow = defineMethod({
  name: 'agent.show',
  summary: 'One agent',
  caller: 'admin',
  access: 'read',
  params: Type.Object({ id: AgentIdSchema }, { additionalProperties: false }),
  result: Type.Object({ agent: AgentSchema }, { additionalProperties: false }),
  errors: ['agent-not-found'],
});
