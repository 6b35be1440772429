/** agent.create: one agent, all or nothing. */
import { publicAgent } from '../agents/agent-registry';
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentCreate(services: { readonly agentLife: AgentLife }): Handler<'agent.create'> {
  return async (params, context) => {
    const { record, created, warnings } = await services.agentLife.create(params, context.signal);
    return { agent: publicAgent(record), created, warnings: [...warnings] };
  };
}
