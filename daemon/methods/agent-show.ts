/** agent.show: one agent. */
import { publicAgent, type AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';

export function agentShow(services: { readonly agents: AgentRegistry }): Handler<'agent.show'> {
  return async ({ id }) => ({ agent: publicAgent(services.agents.require(id)) });
}
