/** The record of the agent that commits in these tests. */
import type { AgentRecord } from '../../../../daemon/agents/agent-registry';
import { isAgentId, isRefName, isRepoId, zeroOid } from '../../../../shared/ids';
import { person } from './twin-workspaces';

export function makeAgentRecord(): AgentRecord {
  const [id, repo, ref] = ['one', 'project', 'refs/heads/main'];
  if (!isAgentId(id) || !isRepoId(repo) || !isRefName(ref)) throw new Error('malformed test names');
  return {
    id,
    repo,
    store: repo,
    ref,
    ownRefs: [],
    acceptedBytes: 0,
    name: 'one',
    branch: 'main',
    base: { ref: 'main', commit: zeroOid, behind: null, fetched: false },
    generation: 'first',
    branchCreated: true,
    wasReady: true,
    snapshots: 0,
    removedAt: null,
    version: 1,
    status: 'ready',
    containerId: null,
    hostDirectory: '/workspace',
    image: 'none',
    owner: { uid: 0, gid: 0 },
    author: person,
    committer: person,
    network: 'none',
    limits: {},
    storage: null,
    environment: {},
    mounts: [],
    shareAuth: null,
    createdAt: '2024-01-02T03:04:05Z',
    lastActivity: '2024-01-02T03:04:05Z',
    commits: 0,
  };
}
