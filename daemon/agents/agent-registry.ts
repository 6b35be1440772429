/** Interface only for now: the agents in memory, each with its durable `agent.json`. */
import type { AgentId, Oid, RefName, RepoId } from '../../shared/ids';
import type { Agent } from '../../shared/records';

/** The public record and what only the daemon needs. */
export interface AgentRecord extends Omit<Agent, 'id' | 'repo'> {
  readonly id: AgentId;
  readonly repo: RepoId;
  /** Unique per creation, so that a re-used id is never mistaken for its predecessor. */
  readonly generation: string;
  /** refs/heads/<branch> */
  readonly ref: RefName;
  /** Number of the newest snapshot taken, 0: none. */
  readonly snapshots: number;
  /** The branch's value when the agent was removed, for restore. */
  readonly removedAt: Oid | null;
  readonly version: 1;
}

export interface AgentRegistry {
  readonly get: (id: AgentId) => AgentRecord | undefined;
  /** Throws GitisoError 'agent-not-found'. */
  readonly require: (id: string) => AgentRecord;
  readonly list: () => readonly AgentRecord[];
  /** Durable when it resolves. */
  readonly put: (record: AgentRecord) => Promise<void>;
  /** In memory at once, written lazily (at most every few seconds, and at shutdown). */
  readonly noteActivity: (id: AgentId, change: { readonly at: Date; readonly commits?: number }) => void;
  readonly delete: (id: AgentId) => Promise<void>;
}
