/** Whether an agent may move refs: the policy's rules, with what they have to know of the repository and the remote. */
import { assertOid, zeroOid, type RefName } from '../../shared/ids';
import type { RefUpdate } from '../git/ref-updates';
import { mayChangeRef, type ProposedRef } from '../policy/branch-policy';
import { isTaken } from '../repos/agent-names';
import { isPrivate } from '../stores';
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
  const taken = await namesTaken(parts, agent, updates);
  for (const update of updates) {
    const verdict = mayChangeRef(agent, repo, factsOf(parts, { agent, repo }, update));
    if (verdict.allowed && isNewBranch(update) && isTaken(update.ref, taken))
      refused.push(nameTaken(update.ref));
    if (verdict.allowed || (await followsRemote(parts, { agent, repo }, update, verdict.rule))) continue;
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
    // What a private agent does not see tells it nothing here: names that are taken are another question.
    isClaimed: !isPrivate(agent) && others.some(({ ref }) => ref === update.ref),
  };
}

/** Branches of others that a private agent does not see, asked for only when it makes one. */
async function namesTaken(
  parts: TransactionParts,
  agent: Transaction['agent'],
  updates: readonly RefUpdate[],
): Promise<ReadonlySet<string>> {
  return isPrivate(agent) && updates.some(isNewBranch) ? parts.branchesOfOthers(agent) : new Set();
}

/** A branch that did not exist is made. */
export function isNewBranch({ ref, old, new: target }: RefUpdate): boolean {
  return old === zeroOid && target !== zeroOid && ref.startsWith('refs/heads/');
}

/** Says no more than it must: neither whose the name is nor whether it is this one or one above or below it. */
function nameTaken(ref: RefName): RefusedRef {
  const reason = `the name '${ref.replace('refs/heads/', '')}' is taken`;
  return { ref, rule: 'name-taken', reason, hint: 'choose another name' };
}

/**
 * `git pull` on the default branch, `git fetch --tags --force`: the remote's word counts. In a repository from a clone,
 * branches are the user's.
 */
async function followsRemote(
  parts: TransactionParts,
  { repo, agent }: Pick<Transaction, 'agent' | 'repo'>,
  update: RefUpdate,
  rule: string,
): Promise<boolean> {
  const mayFollow = rule === 'foreign-tag' || (rule === 'protected-branch' && repo.cloneDir === null);
  if (!mayFollow || update.new === zeroOid) return false;
  return (await parts.upstreamValues(repo, agent, [update.ref])).get(update.ref) === update.new;
}

/** The tags that become what the remote has: a fetch brings them, and no agent may move or delete them later. */
export async function fetchedTags(
  parts: Pick<TransactionParts, 'upstreamValues'>,
  { agent, repo }: Pick<Transaction, 'agent' | 'repo'>,
  updates: readonly RefUpdate[],
): Promise<readonly RefName[]> {
  const made = updates.filter(({ ref, old }) => ref.startsWith('refs/tags/') && old === zeroOid);
  if (made.length === 0) return [];
  const refs = made.map(({ ref }) => ref);
  const upstream = await parts.upstreamValues(repo, agent, refs);
  return made.filter((update) => upstream.get(update.ref) === update.new).map(({ ref }) => ref);
}

/** Before git changes the work tree for a branch that it could not move in the end. */
export async function checkMovable(
  parts: TransactionParts,
  transaction: Pick<Transaction, 'agent' | 'repo'>,
  proposed: readonly ProposedUpdate[],
): Promise<readonly RefusedRef[]> {
  const { repo, agent } = transaction;
  const refs = proposed.map(({ ref }) => ref);
  const { values } = await parts.refs.look(agent.store, refs, []);
  const updates = refs.map((ref, index) => ({ ref, old: values[index] ?? zeroOid, new: someCommit }));
  const refused = await judge(parts, transaction, updates);
  // Where it leads is not known yet: to what the remote has, it may go.
  return refused.filter(({ rule }) => rule !== 'protected-branch' || repo.cloneDir !== null);
}
