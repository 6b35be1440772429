/** agent.start: starts a stopped agent; one that runs is left as it is. */
import { publicAgent } from '../agents/agent-registry';
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentStart(services: { readonly agentLife: AgentLife }): Handler<'agent.start'> {
  return async ({ id }, context) => ({
    agent: publicAgent(await services.agentLife.start(id, context.signal)),
  });
}
