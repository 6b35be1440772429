/** agent.createMany: agents side by side, as many at once as the machine can take; each succeeds or fails by itself. */
import { isGitisoError } from '../../shared/errors';
import { publicAgent } from '../agents/agent-registry';
import type { AgentLife } from '../agents/agent-life';
import { mapBounded } from '../agents/map-bounded';
import type { CallContext, Handler } from '../dispatch/handler';

export function agentCreateMany(services: {
  readonly agentLife: AgentLife;
  /** Creations under way at once. */
  readonly createConcurrency: () => number;
}): Handler<'agent.createMany'> {
  return async (params, context) => ({
    results: [
      ...(await mapBounded(params.agents, services.createConcurrency(), async (options) => {
        try {
          const { record, created } = await services.agentLife.create(options, context.signal);
          return { id: options.id, agent: publicAgent(record), created, error: null };
        } catch (error) {
          return { id: options.id, agent: null, created: false, error: describe(error, context) };
        }
      })),
    ],
  });
}

/** As the error would look if the agent had been created alone; what is unexpected stays in the log. */
function describe(error: unknown, context: CallContext) {
  if (isGitisoError(error)) return { reason: error.code, message: error.message, hint: error.hint };
  context.log.error('an agent could not be created', { error });
  return {
    reason: 'internal-error',
    message: 'an unexpected error',
    hint: 'the daemon log has the details under this request id',
  };
}
