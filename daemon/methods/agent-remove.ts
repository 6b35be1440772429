/** agent.remove: removes an agent after a snapshot of its work. */
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentRemove(services: { readonly agentLife: AgentLife }): Handler<'agent.remove'> {
  return async ({ id, force = false }, context) => {
    const removal = await services.agentLife.remove(id, { force, signal: context.signal });
    return { removed: true, snapshot: removal.snapshot, warnings: [...removal.warnings] };
  };
}
