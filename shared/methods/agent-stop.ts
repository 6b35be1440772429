import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema, AgentSchema } from '../records';

export const agentStop = defineMethod({
  name: 'agent.stop',
  summary: "Stop an agent's container; everything is kept",
  caller: 'admin',
  access: 'write',
  params: Type.Object({ id: AgentIdSchema }, { additionalProperties: false }),
  result: Type.Object({ agent: AgentSchema }, { additionalProperties: false }),
  errors: ['agent-not-found', 'agent-not-ready', 'runtime-unavailable', 'runtime-failed'],
});
