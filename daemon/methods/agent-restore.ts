/** agent.restore: brings a removed agent back from a snapshot. */
import { publicAgent } from '../agents/agent-registry';
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentRestore(services: { readonly agentLife: AgentLife }): Handler<'agent.restore'> {
  return async (params, context) => {
    const number = params.snapshot ?? null;
    const { record, snapshot } = await services.agentLife.restore(params.id, number, context.signal);
    return { agent: publicAgent(record), snapshot };
  };
}
