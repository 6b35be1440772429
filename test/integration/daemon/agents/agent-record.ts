/** A complete record of an agent, for tests. */
import type { AgentRecord } from '../../../../daemon/agents/agent-registry';
import { zeroOid, type AgentId, type RefName, type RepoId } from '../../../../shared/ids';

const time = '2024-01-02T03:04:05.000Z';

export function recordOf(id: string, change: Partial<AgentRecord> = {}): AgentRecord {
  const who = { name: 'A', email: 'a@example.invalid' };
  return {
    id: id as AgentId,
    name: id,
    repo: 'r' as RepoId,
    store: 'r' as RepoId,
    branch: `agent/${id}`,
    ref: `refs/heads/agent/${id}` as RefName,
    base: { ref: 'main', commit: zeroOid, behind: null, fetched: true },
    status: 'ready',
    containerId: null,
    hostDirectory: '/x',
    image: 'i',
    owner: { uid: 0, gid: 0 },
    author: who,
    committer: who,
    network: 'none',
    limits: {},
    storage: null,
    environment: { SECRET: 's' },
    mounts: [],
    shareAuth: null,
    createdAt: time,
    lastActivity: time,
    commits: 0,
    generation: '0123456789abcdef',
    ownRefs: [],
    acceptedBytes: 0,
    branchCreated: true,
    wasReady: true,
    snapshots: 0,
    removedAt: null,
    version: 1,
    ...change,
  };
}
