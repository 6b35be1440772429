/** Which branch is committed to, and where it stands. Only what the agent says: the engine compares with the truth. */
import { isOid, isRefName } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import type { AgentRecord } from '../agents/agent-registry';
import type { Head } from './commit-call';
import type { Container } from './container';
import { fatal, type End } from './outcome';

export async function readHead(
  invocation: Invocation,
  agent: AgentRecord,
  container: Container,
): Promise<Head | End> {
  const ref = invocation.head.startsWith('ref: ') ? invocation.head.slice('ref: '.length) : null;
  const wayOut = `run 'git switch ${agent.branch}' to get back to your branch`;
  if (ref === null) return fatal('gitiso: HEAD is detached; commits need a branch', wayOut);
  if (!isRefName(ref)) return fatal('gitiso: the name of the branch is not one the daemon accepts', wayOut);
  const { parent } = invocation;
  if (parent !== null && isOid(parent)) return { ref, commit: parent };
  const resolved = await container.git(['rev-parse', '--verify', '-q', ref]);
  const id = resolved.stdout.toString('latin1').trim();
  if (resolved.exitCode === 0 && isOid(id)) return { ref, commit: id };
  return { ref, commit: null };
}
