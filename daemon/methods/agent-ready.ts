/** agent.ready: the container's first process reports and stays connected; answered when the container shall end. */
import { GitisoError } from '../../shared/errors';
import type { AgentLinks } from '../agents/links';
import type { Handler } from '../dispatch/handler';

export function agentReady(services: {
  readonly agentLife: { readonly links: AgentLinks };
}): Handler<'agent.ready'> {
  return async (report, { actor, peer }) => {
    if (actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents have containers');
    return services.agentLife.links.accept(actor.id, report, peer);
  };
}
