/** What ref transactions of agents need of the daemon, and their order: one of an agent at a time. */
import type { AgentId } from '../../shared/ids';
import { createRefQueue } from '../git/ref-queue';
import { upstreamValues } from '../remote/upstream-values';
import { branchesOfOthers } from '../repos/agent-names';
import type { Services } from '../services';
import type { TransactionParts } from './transaction';

export interface AgentTransactions {
  readonly parts: TransactionParts;
  readonly inTurn: <T>(agent: AgentId, run: () => Promise<T>) => Promise<T>;
}

export function agentTransactions(
  services: Pick<
    Services,
    | 'agents'
    | 'refs'
    | 'intake'
    | 'hostGit'
    | 'audit'
    | 'events'
    | 'layout'
    | 'config'
    | 'now'
    | 'repoContext'
  >,
): AgentTransactions {
  const turns = createRefQueue();
  return {
    parts: {
      ...services,
      git: services.hostGit,
      staging: services.layout.staging,
      upstreamValues: (repo, agent, refs) => upstreamValues(services.repoContext, repo, agent, refs),
      branchesOfOthers: (agent) => branchesOfOthers(services.repoContext, { id: agent.repo }, agent),
      newNames: createRefQueue(),
      storeGit: services.layout.storeGit,
      rules: () => ({ ...services.config.current().limits, ...services.config.current().policy }),
    },
    inTurn: (agent, run) => turns.run(agent, ['transaction'], run),
  };
}
