/**
 * What was accepted lately, so that it can be taken back: git may still give up a transaction after its hook has agreed
 * (`git update-ref --stdin` with `prepare` and `abort`). In memory only: after a restart a transaction counts as finished.
 */
import type { AgentId } from '../../shared/ids';
import type { RefUpdate } from '../git/ref-updates';

export interface AcceptedTransactions {
  readonly note: (agent: AgentId, key: string, updates: readonly RefUpdate[]) => void;
  /** The updates that undo it, once; null: nobody knows it. */
  readonly takeInverse: (agent: AgentId, key: string) => readonly RefUpdate[] | null;
}

export function createAcceptedTransactions(most: number): AcceptedTransactions {
  const accepted = new Map<string, readonly RefUpdate[]>();
  return {
    note: (agent, key, updates) => {
      accepted.set(`${agent} ${key}`, updates);
      const [oldest] = accepted.keys();
      if (accepted.size > most && oldest !== undefined) accepted.delete(oldest);
    },
    takeInverse: (agent, key) => {
      const updates = accepted.get(`${agent} ${key}`);
      accepted.delete(`${agent} ${key}`);
      return updates?.map(({ ref, old, new: target }) => ({ ref, old: target, new: old })) ?? null;
    },
  };
}
