/** `commit.create`: a `git commit` as the shim was called. */
import { GitisoError } from '../../shared/errors';
import type { ConfigCache } from '../commit/config-cache';
import { startCommit, type CommitParts } from '../commit/start-commit';
import type { Handler } from '../dispatch/handler';
import type { Services } from '../services';

export function commitCreateHandler(
  services: Pick<Services, 'agents' | 'commits' | 'intake' | 'now'>,
  configs: ConfigCache,
): Handler<'commit.create'> {
  const parts: CommitParts = {
    engine: services.commits,
    configs,
    now: services.now,
  };
  return async (invocation, context) => {
    if (context.actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents commit');
    await services.intake.pace(context.actor.id, context.signal);
    return startCommit(parts, services.agents.require(context.actor.id), invocation, context);
  };
}
