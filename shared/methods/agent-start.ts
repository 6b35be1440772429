import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema, AgentSchema } from '../records';

export const agentStart = defineMethod({
  name: 'agent.start',
  summary: "Start a stopped agent's container",
  caller: 'admin',
  access: 'write',
  params: Type.Object({ id: AgentIdSchema }, { additionalProperties: false }),
  result: Type.Object({ agent: AgentSchema }, { additionalProperties: false }),
  errors: [
    'agent-not-found',
    'agent-not-ready',
    'runtime-unavailable',
    'runtime-failed',
    'image-not-found',
    'timed-out',
  ],
});
