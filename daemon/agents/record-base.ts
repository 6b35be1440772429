/** What an agent's record keeps of the commit it begins at. Pure. */
import type { ResolvedBase } from '../repos/resolve-base';
import type { AgentRecord } from './agent-registry';

/** `fetched`: whether the remote was asked just before. */
export function withBase(record: AgentRecord, base: ResolvedBase, fetched: boolean): AgentRecord {
  return {
    ...record,
    base: {
      ref: record.base.ref,
      commit: base.commit,
      behind: base.behind,
      fetched,
      ...(base.committedAt === null ? {} : { committedAt: base.committedAt }),
    },
  };
}
