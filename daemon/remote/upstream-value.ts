/** What the registered remote had for a branch, as the daemon's mirror of it says; asks nobody on the network. */
import { isOid, type Oid, type RefName } from '../../shared/ids';
import type { AgentRecord } from '../agents/agent-registry';
import { localLimits } from '../repos/git-refs';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import { networkRemote } from './agent-remote';
import { mirrorPlace } from './mirror-place';

/** null: the remote has no such branch, or was never asked. */
export async function upstreamValue(
  context: RepoContext,
  record: RepoRecord,
  agent: AgentRecord,
  ref: RefName,
): Promise<Oid | null> {
  const url = networkRemote(record);
  if (url === null) return null;
  const target = { kind: 'network', url, display: '', isOrigin: true } as const;
  const { gitDir } = mirrorPlace(context.layout, record, agent, target);
  const found = await context.git
    .run(['rev-parse', '--verify', '--quiet', '--end-of-options', ref], { gitDir, ...localLimits })
    .catch(() => null);
  const value = found?.stdout.toString('latin1').trim() ?? '';
  return found?.exitCode === 0 && isOid(value) ? value : null;
}
