/**
 * A ref transaction of an agent's git from beginning to end: what is asked, may it, bring the objects, check them, move
 * the refs; all of it or nothing. The caller's git holds its own locks meanwhile and rolls back when this says no.
 */
import { crashPoint } from '../crash-points';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import { auditedArguments } from '../git/create-commit-engine';
import { ownershipChange } from '../git/redo-record';
import type { RefUpdate } from '../git/ref-updates';
import { applyUpdates } from './apply-updates';
import { bringObjects } from './bring-objects';
import { mayTakeBack } from '../policy/branch-policy';
import type { StagedObjects } from '../git/stage-objects';
import { isPrivate } from '../stores';
import { factsOf, fetchedTags, isNewBranch, judge } from './judge';
import type { RefusedRef } from './refusal';
import type { Seen, Transaction, TransactionParts } from './transaction';

export type TransactionResult =
  | {
      readonly kind: 'done';
      /** What has moved. */
      readonly updates: readonly RefUpdate[];
      /** Objects that are in the repository now, so that the agent's copies are not needed. */
      readonly placed: readonly Oid[];
    }
  /** By the policy, and so in the audit log; or by what happened meanwhile. */
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRef[]; readonly isAudited: boolean };

const method = 'transaction.propose';
/** Of offered objects together, unpacked; more come in a pack. */
const offeredBytes = 4 * 1024 * 1024;

/** Throws GitisoError of the storage and of the connection. */
export async function propose(parts: TransactionParts, transaction: Transaction): Promise<TransactionResult> {
  const { agent, repo } = transaction;
  const seen = await look(parts, transaction);
  const updates = changesOf(transaction, seen.refs);
  // A ref that is said to be new is judged by what it is.
  const judged = updates.map((update) =>
    update.old === zeroOid ? { ...update, old: seen.refs.get(update.ref) ?? zeroOid } : update,
  );
  const refused = await judge(parts, transaction, judged);
  if (refused.length > 0) return deny(parts, transaction, refused);
  if (updates.length === 0) return { kind: 'done', updates, placed: [] };

  crashPoint('transaction:allowed');
  const staged = await bringObjects(parts, transaction, updates, seen);
  if (staged.kind === 'refused') return deny(parts, transaction, staged.refused);
  crashPoint('transaction:brought');
  const isNaming = isPrivate(agent) && updates.some(isNewBranch);
  const finish = () => applyJudged(parts, transaction, updates, staged.objects, isNaming);
  const result = await (isNaming ? parts.newNames.run(repo.id, ['new branches'], finish) : finish());
  if (result.kind === 'done') parts.intake.accepted(agent.id, staged.bytes);
  return result;
}

async function applyJudged(
  parts: TransactionParts,
  transaction: Transaction,
  updates: readonly RefUpdate[],
  objects: StagedObjects | null,
  isNaming: boolean,
): Promise<TransactionResult> {
  const { agent, repo } = transaction;
  try {
    // The container took its time to hand the objects over: what was its agent's may not be any more.
    const isLate = objects !== null || isNaming;
    const late = isLate ? await judge(parts, { agent: current(parts, agent), repo }, updates) : [];
    if (late.length > 0) return await deny(parts, transaction, late);
    const fetched = await fetchedTags(parts, transaction, updates);
    const origin = originOf(parts, transaction, fetched);
    const result = await applyUpdates(parts, agent.store, updates, origin, objects ?? undefined);
    if (result.kind === 'changed')
      return { kind: 'refused', refused: [lostRace(result, updates)], isAudited: false };
  } catch (error) {
    if (error instanceof GitisoError && error.code === 'invalid-change')
      return {
        ...{ kind: 'refused', isAudited: false },
        refused: updates.slice(0, 1).map(({ ref }) => conflict(ref, error)),
      };
    throw error;
  } finally {
    await objects?.discard();
  }
  const brought = objects?.objects ?? new Map<Oid, { readonly type: string }>();
  const commits = [...brought.values()].filter(({ type }) => type === 'commit').length;
  parts.agents.noteActivity(agent.id, { at: parts.now(), commits });
  crashPoint('transaction:done');
  return { kind: 'done', updates, placed: [...brought.keys()] };
}

/**
 * Takes an accepted transaction back, unless one of its refs has moved on. Only what the agent owns at this moment: another may
 * have made a branch of the same name and value since. A protected branch that followed the remote stays where the remote is.
 */
export async function takeBack(
  parts: TransactionParts,
  transaction: Pick<Transaction, 'agent' | 'repo' | 'argv'>,
  updates: readonly RefUpdate[],
): Promise<RefusedRef | null> {
  const { agent, repo } = transaction;
  const own = updates.filter((update) => mayTakeBack(agent, repo, factsOf(parts, transaction, update)));
  if (own.length === 0) return null;
  const result = await applyUpdates(parts, agent.store, own, originOf(parts, transaction), undefined);
  return result.kind === 'changed' ? lostRace(result, own) : null;
}

/** Of what `propose` throws: the objects are no good, or too large. */
export function isAgentsDoing(error: unknown): error is GitisoError {
  return isGitisoError(error) && (error.code === 'invalid-object' || error.code === 'limit-exceeded');
}

/** All that has to be known of the repository, in one question. */
async function look(parts: TransactionParts, transaction: Transaction): Promise<Seen> {
  const { updates, renamedTo, agent } = transaction;
  const names = [...updates.map(({ ref }) => ref), ...(renamedTo === null ? [] : [renamedTo]), agent.ref];
  const ids = [...new Set(updates.map((update) => update.new))].filter((id) => id !== zeroOid);
  const { blobBytes } = parts.rules();
  const limits = { objectBytes: Math.min(blobBytes, offeredBytes), totalBytes: offeredBytes };
  const offer = { files: transaction.offered, limits };
  const { values, types, checked } = await parts.refs.look(agent.store, names, ids, offer);
  return {
    refs: new Map(names.map((ref, index) => [ref, values[index] ?? null])),
    types: new Map(ids.map((id, index) => [id, types[index] ?? null])),
    checked,
  };
}

/** What really changes. A deletion of what is gone already is git's second look at a packed ref. */
function changesOf({ updates, renamedTo }: Transaction, current: Seen['refs']): readonly RefUpdate[] {
  const valueOf = (ref: RefName): Oid => current.get(ref) ?? zeroOid;
  const changes = updates.map(({ ref, old, new: target }) => ({
    ref,
    old: old ?? valueOf(ref),
    new: target,
  }));
  const [only] = changes;
  // The value is the one that the daemon knows: nobody has looked at one that the agent tells.
  const renamed = only === undefined ? zeroOid : valueOf(only.ref);
  if (renamedTo !== null && renamed !== zeroOid)
    changes.push({ ref: renamedTo, old: valueOf(renamedTo), new: renamed });
  return changes.filter(({ ref, new: target }) => valueOf(ref) !== target);
}

/**
 * Ownership follows the refs once they have moved, never a wish: until then the name may become another agent's. What was
 * fetched is the remote's.
 */
function originOf(
  parts: TransactionParts,
  { agent, argv }: Pick<Transaction, 'agent' | 'argv'>,
  fetched: readonly RefName[] = [],
) {
  const onMoved = (updates: readonly RefUpdate[]): void => {
    const { add, remove } = ownershipChange(updates, fetched);
    for (const other of parts.agents.list()) {
      if (other.id === agent.id || other.store !== agent.store) continue;
      if (other.ownRefs.some((ref) => add.includes(ref)))
        parts.agents.changeOwnRefs(other.id, { add: [], remove: add });
    }
    parts.agents.changeOwnRefs(agent.id, { add: add.filter((ref) => ref !== agent.ref), remove });
  };
  return { agent: agent.id, method, argv: auditedArguments(argv), fetched, onMoved };
}

/** The agent's record as it is now. */
function current(parts: TransactionParts, agent: Transaction['agent']): Transaction['agent'] {
  return parts.agents.list().find(({ id }) => id === agent.id) ?? agent;
}

async function deny(
  parts: TransactionParts,
  { agent, repo, argv, updates, told, renamedTo }: Transaction,
  refused: readonly RefusedRef[],
): Promise<TransactionResult> {
  const isTold = refused.every(({ ref, rule }) => ref === told?.ref && rule === told.rule);
  if (isTold && renamedTo === null) return { kind: 'refused', refused, isAudited: true };
  await parts.audit.append({
    agent: agent.id,
    repo: repo.id,
    method,
    argv: auditedArguments(argv),
    refs: updates.map((update) => ({ ref: update.ref, old: update.old ?? zeroOid, new: update.new })),
    verdict: 'denied',
    rule: refused[0]?.rule ?? null,
    journal: null,
  });
  for (const { ref, rule, reason } of refused)
    parts.events.publish({ topic: 'denials', agent: agent.id, repo: repo.id, data: { ref, rule, reason } });
  return { kind: 'refused', refused, isAudited: true };
}

function lostRace(
  { ref, current }: { readonly ref: RefName; readonly current: Oid },
  updates: readonly RefUpdate[],
): RefusedRef {
  const expected = updates.find((update) => update.ref === ref)?.old ?? zeroOid;
  const reason = `it is at ${current} but expected ${expected}`;
  return {
    ref,
    rule: 'ref-changed',
    reason,
    hint: "the ref moved in the meantime; look at 'git log' and try again",
  };
}

function conflict(ref: RefName, error: GitisoError): RefusedRef {
  const isDamage = error.details['rule'] === 'object-missing';
  const advice = isDamage
    ? {
        rule: 'object-missing',
        hint: 'the repository is damaged: its operator finds more with gitisoctl doctor',
      }
    : { rule: 'ref-conflict', hint: 'choose another name' };
  return { ref, reason: error.message, ...advice };
}
