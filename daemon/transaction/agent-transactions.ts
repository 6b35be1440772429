/** What ref transactions of agents need of the daemon, and their order: one of an agent at a time. */
import type { AgentId } from '../../shared/ids';
import { keepNewest } from '../git/keep-newest';
import { createRefQueue } from '../git/ref-queue';
import { upstreamValues } from '../remote/upstream-values';
import { branchesOfOthers } from '../repos/agent-names';
import type { Services } from '../services';
import type { ProposedUpdate } from './read-proposal';
import type { Told, TransactionParts } from './transaction';

export interface AgentTransactions {
  readonly parts: TransactionParts;
  readonly inTurn: <T>(agent: AgentId, run: () => Promise<T>) => Promise<T>;
  /** What was refused before git was started is asked for again by its hook, which tells it: one refusal, one audit record. */
  readonly noteRefused: (agent: AgentId, update: ProposedUpdate, refused: Told) => void;
  /** What was noted of this one, once; null: nothing. */
  readonly takeRefused: (agent: AgentId, updates: readonly ProposedUpdate[]) => Told | null;
}

/** git starts at once. */
const repeatedWithinMs = 10_000;
/** An agent runs few commands at once. */
const rememberedRefusals = 1000;

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
  const noted = new Map<string, { readonly refused: Told; readonly at: number }>();
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
    noteRefused: (agent, update, refused) => {
      keepNewest(noted, refusalKey(agent, update), { refused, at: performance.now() }, rememberedRefusals);
    },
    takeRefused: (agent, [update, ...others]) => {
      if (update === undefined || others.length > 0) return null;
      const key = refusalKey(agent, update);
      const known = noted.get(key);
      noted.delete(key);
      return known !== undefined && performance.now() - known.at < repeatedWithinMs ? known.refused : null;
    },
  };
}

/** git's hook knows no old value of what is deleted. */
function refusalKey(agent: AgentId, update: ProposedUpdate): string {
  return `${agent} ${update.new} ${update.ref}`;
}
