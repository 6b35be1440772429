/** Whether an agent may move refs: the policy's rules, with what they have to know of the repository and the remote. */
import { zeroOid } from '../../shared/ids';
import type { AgentRecord } from '../agents/agent-registry';
import type { RefUpdate } from '../git/ref-updates';
import { mayChangeRef, mayMoveBranch } from '../policy/branch-policy';
import type { RepoRecord } from '../repos/repo-registry';
import type { ProposedUpdate } from './read-proposal';
import type { RefusedRef } from './refusal';
import type { Transaction, TransactionParts } from './transaction';

/** The refused ones of all; empty: the transaction is allowed. */
export async function judge(
  parts: TransactionParts,
  { agent, repo }: Transaction,
  updates: readonly RefUpdate[],
): Promise<readonly RefusedRef[]> {
  const others = parts.agents.list().filter(({ id, repo: theirs }) => id !== agent.id && theirs === repo.id);
  const refused: RefusedRef[] = [];
  for (const update of updates) {
    const verdict = mayChangeRef(agent, repo, {
      ref: update.ref,
      current: update.old === zeroOid ? null : update.old,
      new: update.new,
      isClaimed: others.some(({ ref }) => ref === update.ref),
    });
    if (verdict.allowed || (await followsRemote(parts, repo, update, verdict.rule))) continue;
    refused.push({ ...verdict, ref: update.ref });
  }
  return refused;
}

/**
 * `git pull` on the default branch, `git fetch --tags --force`: the remote's word counts. In a repository from a clone,
 * branches are the user's.
 */
async function followsRemote(
  parts: TransactionParts,
  repo: RepoRecord,
  update: RefUpdate,
  rule: string,
): Promise<boolean> {
  const mayFollow = rule === 'foreign-tag' || (rule === 'protected-branch' && repo.cloneDir === null);
  if (!mayFollow || update.new === zeroOid) return false;
  return (await parts.upstreamValue(repo, update.ref)) === update.new;
}

/** Before git changes the work tree for a branch that it could not move in the end. */
export function checkMovable(
  agent: AgentRecord,
  repo: RepoRecord,
  updates: readonly ProposedUpdate[],
): readonly RefusedRef[] {
  return updates.flatMap(({ ref }) => {
    const verdict = mayMoveBranch(agent, repo, ref);
    if (verdict.allowed || (verdict.rule === 'protected-branch' && repo.cloneDir === null)) return [];
    return [{ ...verdict, ref }];
  });
}
