import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema } from '../records';

/** Output arrives as `$/output` notifications: { requestId, stream: 'stdout'|'stderr', data: base64 }. */
export const agentExec = defineMethod({
  name: 'agent.exec',
  summary: "Run a command in an agent's container and stream its output",
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      id: AgentIdSchema,
      argv: Type.Array(Type.String({ maxLength: 131072 }), { minItems: 1, maxItems: 4096 }),
      workdir: Type.Optional(
        Type.String({ pattern: '^/', maxLength: 4096, description: 'Default /workspace' }),
      ),
      environment: Type.Optional(
        Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String({ maxLength: 32768 }), {
          additionalProperties: false,
        }),
      ),
      stdin: Type.Optional(Type.String({ maxLength: 1048576, description: 'Base64; nothing when left out' })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 86400000 })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ exitCode: Type.Integer() }, { additionalProperties: false }),
  errors: ['agent-not-found', 'agent-not-ready', 'runtime-unavailable', 'runtime-failed', 'timed-out'],
});
