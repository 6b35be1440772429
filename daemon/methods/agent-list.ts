/** agent.list: all agents by id, removed ones on request. */
import { publicAgent, type AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';

export function agentList(services: { readonly agents: AgentRegistry }): Handler<'agent.list'> {
  return async ({ repo, removed }) => {
    const records = [
      ...services.agents.list(),
      ...(removed === true ? services.agents.listRemoved() : []),
    ].filter((record) => repo === undefined || record.repo === repo);
    return { agents: records.map(publicAgent) };
  };
}
