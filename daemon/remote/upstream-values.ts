/** What the registered remote had for refs, as the daemon's mirror of it says; asks nobody on the network. */
import type { Oid, RefName } from '../../shared/ids';
import type { AgentRecord } from '../agents/agent-registry';
import { listRefs, type RefMap } from '../repos/git-refs';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import { networkRemote } from './agent-remote';
import { mirrorPlace } from './mirror-place';

/** More names than this are too long for a command line: then all are listed. */
const namedRefs = 100;

/** What the remote does not have, or when it was never asked, is missing; others than asked for may be there. */
export async function upstreamValues(
  context: RepoContext,
  record: RepoRecord,
  agent: AgentRecord,
  refs: readonly RefName[],
): Promise<RefMap> {
  const url = networkRemote(record);
  if (url === null || refs.length === 0) return new Map<string, Oid>();
  const target = { kind: 'network', url, display: '', isOrigin: true } as const;
  const { gitDir } = mirrorPlace(context.layout, record, agent, target);
  const patterns = refs.length > namedRefs ? ['refs/heads/', 'refs/tags/'] : refs;
  return listRefs(context.git, { gitDir }, patterns).catch(() => new Map<string, Oid>());
}
