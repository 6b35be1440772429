import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AgentIdSchema, AgentStatusSchema, TimeSchema } from '../records';

const closed = { additionalProperties: false } as const;
const Count = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
const Usage = Type.Union([
  Type.Object({ bytes: Type.Integer({ minimum: 0 }), inodes: Type.Integer({ minimum: 0 }) }, closed),
  Type.Null(),
]);

export const agentStats = defineMethod({
  name: 'agent.stats',
  summary: 'Resource use of one agent; null where it can not be measured while it is stopped',
  caller: 'admin',
  access: 'read',
  params: Type.Object({ id: AgentIdSchema }, closed),
  result: Type.Object(
    {
      id: AgentIdSchema,
      status: AgentStatusSchema,
      cpuPercent: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: '100 is one core' }),
      memoryBytes: Count,
      memoryLimitBytes: Count,
      pids: Count,
      disk: Type.Object({ workspace: Usage, gitdir: Usage, quarantine: Usage }, closed),
      storage: Type.Union(
        [
          Type.Object(
            {
              usedBytes: Type.Integer({ minimum: 0 }),
              limitBytes: Type.Integer({ minimum: 0 }),
              usedInodes: Type.Integer({ minimum: 0 }),
              limitInodes: Type.Integer({ minimum: 0 }),
            },
            closed,
          ),
          Type.Null(),
        ],
        { description: "The agent's own file system; null: it has none" },
      ),
      acceptedBytes: Type.Integer({
        minimum: 0,
        description: 'New objects accepted into the repository, over the whole life of the agent',
      }),
      commits: Type.Integer({ minimum: 0 }),
      lastActivity: TimeSchema,
    },
    closed,
  ),
  errors: ['agent-not-found', 'runtime-unavailable', 'runtime-failed', 'timed-out'],
});
