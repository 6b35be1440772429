/** Whether an agent may move refs: the policy's rules, with what they have to know of the repository and the remote. */
import { assertOid, zeroOid } from '../../shared/ids';
import type { RefUpdate } from '../git/ref-updates';
import { mayChangeRef, type ProposedRef } from '../policy/branch-policy';
import type { RepoRecord } from '../repos/repo-registry';
import type { ProposedUpdate } from './read-proposal';
import type { RefusedRef } from './refusal';
import type { Transaction, TransactionParts } from './transaction';

/** Stands for a value that nobody knows yet. */
const someCommit = assertOid('f'.repeat(40));

/** The refused ones of all; empty: the transaction is allowed. */
export async function judge(
  parts: TransactionParts,
  { agent, repo }: Pick<Transaction, 'agent' | 'repo'>,
  updates: readonly RefUpdate[],
): Promise<readonly RefusedRef[]> {
  const refused: RefusedRef[] = [];
  for (const update of updates) {
    const verdict = mayChangeRef(agent, repo, factsOf(parts, { agent, repo }, update));
    if (verdict.allowed || (await followsRemote(parts, repo, update, verdict.rule))) continue;
    refused.push({ ...verdict, ref: update.ref });
  }
  return refused;
}

/** What the rules have to know of one update. */
export function factsOf(
  parts: Pick<TransactionParts, 'agents'>,
  { agent, repo }: Pick<Transaction, 'agent' | 'repo'>,
  update: RefUpdate,
): ProposedRef {
  const others = parts.agents.list().filter(({ id, repo: theirs }) => id !== agent.id && theirs === repo.id);
  return {
    ref: update.ref,
    current: update.old === zeroOid ? null : update.old,
    new: update.new,
    isClaimed: others.some(({ ref }) => ref === update.ref),
  };
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
export async function checkMovable(
  parts: TransactionParts,
  transaction: Pick<Transaction, 'agent' | 'repo'>,
  proposed: readonly ProposedUpdate[],
): Promise<readonly RefusedRef[]> {
  const { repo } = transaction;
  const refs = proposed.map(({ ref }) => ref);
  const { values } = await parts.refs.look(repo.id, refs, []);
  const updates = refs.map((ref, index) => ({ ref, old: values[index] ?? zeroOid, new: someCommit }));
  const refused = await judge(parts, transaction, updates);
  // Where it leads is not known yet: to what the remote has, it may go.
  return refused.filter(({ rule }) => rule !== 'protected-branch' || repo.cloneDir !== null);
}
