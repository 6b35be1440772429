import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema } from '../records';

export const agentLogs = defineMethod({
  name: 'agent.logs',
  summary: 'The last lines a container printed',
  caller: 'admin',
  access: 'read',
  params: Type.Object(
    { id: AgentIdSchema, tail: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000 })) },
    { additionalProperties: false },
  ),
  result: Type.Object({ stdout: Type.String(), stderr: Type.String() }, { additionalProperties: false }),
  errors: ['agent-not-found', 'agent-not-ready', 'runtime-unavailable', 'runtime-failed'],
});
