/** rpc.discover: the OpenRPC document of the caller's socket. */
import type { Handler } from '../dispatch/handler';
import { offeredMethods } from '../dispatch/offered-methods';
import { createOpenRpcDocument } from '../dispatch/openrpc';
import type { Services } from '../services';

export function rpcDiscover({ versions }: Pick<Services, 'versions'>): Handler<'rpc.discover'> {
  return async (_params, { actor }) => createOpenRpcDocument(offeredMethods(actor.kind), versions.gitiso);
}
