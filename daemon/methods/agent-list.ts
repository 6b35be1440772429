/** agent.list: all agents by id, removed ones on request. */
import { publicAgent, type AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';

export function agentList(services: { readonly agents: AgentRegistry }): Handler<'agent.list'> {
  return async ({ repo, removed }) => {
    const records = [
      ...services.agents.list(),
      ...(removed === true ? services.agents.listRemoved() : []),
    ].filter((record) => repo === undefined || record.repo === repo);
    const damaged = services.agents
      .damaged()
      .filter((one) => repo === undefined || one.repo === null || one.repo === repo)
      .filter(({ isRemoved }) => !isRemoved || removed === true)
      .map(({ id, problem }) => ({ id, error: `its record is damaged: ${problem}` }));
    return { agents: records.map(publicAgent), ...(damaged.length === 0 ? {} : { damaged }) };
  };
}
