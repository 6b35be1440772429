/** initialize: what this socket offers. It is not required before other calls. */
import { GitisoError } from '../../shared/errors';
import { eventTopics } from '../../shared/methods/events-subscribe';
import { protocolVersion } from '../../shared/methods/initialize';
import type { Handler } from '../dispatch/handler';
import { offeredMethods } from '../dispatch/offered-methods';
import type { Services } from '../services';

export function initialize(services: Pick<Services, 'config' | 'versions'>): Handler<'initialize'> {
  return async (params, { actor }) => {
    if (params.protocolVersion !== protocolVersion) {
      throw new GitisoError('invalid-params', `this daemon speaks protocol version ${protocolVersion} only`, {
        hint: 'use the client that came with this daemon',
      });
    }
    const { frameBytes, batchLength, pendingRequests } = services.config.current().limits;
    return {
      protocolVersion,
      server: { name: 'gitisod', version: services.versions.gitiso },
      capabilities: {
        methods: offeredMethods(actor.kind).map(({ name }) => name),
        framing: ['lines', 'headers'],
        events: actor.kind === 'admin' ? [...eventTopics] : [],
        limits: { frameBytes, batchLength, pendingRequests },
      },
    };
  };
}
