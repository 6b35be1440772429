/** `branch.change`: a `git branch` that makes or deletes one branch, as the shim was called. */
import { GitisoError } from '../../shared/errors';
import { changeBranch, type BranchParts } from '../branch/change-branch';
import type { ConfigCache } from '../commit/config-cache';
import type { Handler } from '../dispatch/handler';
import { createAbbreviator } from '../git/abbreviate';
import { keepNewest } from '../git/keep-newest';
import type { Services } from '../services';
import type { AgentTransactions } from '../transaction/agent-transactions';

/** Each remembers how many objects a store has. */
const mostStores = 64;
/** Since the daemon has started: a shim waits ten seconds for it (client/shim/conversation.c). */
const repeatedWithinMs = 30_000;

export function branchChange(
  services: Pick<Services, 'agents' | 'repos' | 'intake' | 'layout'>,
  transactions: AgentTransactions,
  configs: ConfigCache,
): Handler<'branch.change'> {
  const abbreviators = new Map<string, ReturnType<typeof createAbbreviator>>();
  const parts: BranchParts = {
    transactions,
    configs,
    moved: new Map(),
    mayBeRepeated: () => performance.now() < repeatedWithinMs,
    abbreviate: ({ store }, id) => {
      const abbreviate = abbreviators.get(store) ?? createAbbreviator(services.layout.storeGit(store));
      keepNewest(abbreviators, store, abbreviate, mostStores);
      return abbreviate(id);
    },
  };
  return async (invocation, context) => {
    const { actor } = context;
    if (actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents have branches');
    await services.intake.pace(actor.id, context.signal);
    return transactions.inTurn(actor.id, () => {
      const agent = services.agents.require(actor.id);
      return changeBranch(parts, { agent, repo: services.repos.require(agent.repo) }, invocation, context);
    });
  };
}
