/** agent.stop: stops an agent's container; everything is kept. */
import { publicAgent } from '../agents/agent-registry';
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentStop(services: { readonly agentLife: AgentLife }): Handler<'agent.stop'> {
  return async ({ id }) => ({ agent: publicAgent(await services.agentLife.stop(id)) });
}
