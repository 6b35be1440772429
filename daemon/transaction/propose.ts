/**
 * A ref transaction of an agent's git from beginning to end: what is asked, may it, bring the objects, check them, move
 * the refs; all of it or nothing. The caller's git holds its own locks meanwhile and rolls back when this says no.
 */
import { GitisoError } from '../../shared/errors';
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { AgentRecord, AgentRegistry } from '../agents/agent-registry';
import type { AuditLog } from '../audit/audit-log';
import type { Container } from '../commit/container';
import type { EventBus } from '../events/event-bus';
import { auditedArguments } from '../git/create-commit-engine';
import type { HostGit } from '../git/host-git';
import type { RefUpdate, RefUpdateResult, RefUpdates } from '../git/ref-updates';
import type { ObjectType } from '../git/parse-plain-pack';
import { stageObjects, type StagedObjects } from '../git/stage-objects';
import { mayChangeRef, mayMoveBranch } from '../policy/branch-policy';
import type { IdentityRules } from '../policy/commit-policy';
import type { PathRules } from '../policy/path-policy';
import type { RepoRecord } from '../repos/repo-registry';
import { askForObjects } from './ask-for-objects';
import { checkObjects } from './check-objects';
import type { ProposedUpdate } from './read-proposal';
import type { RefusedRef } from './refusal';

export interface TransactionRules extends PathRules, IdentityRules {
  readonly blobBytes: number;
  readonly commitBytes: number;
}

export interface TransactionParts {
  readonly agents: Pick<AgentRegistry, 'list' | 'changeOwnRefs' | 'noteActivity'>;
  readonly refs: RefUpdates;
  readonly git: HostGit;
  readonly audit: AuditLog;
  readonly events: EventBus;
  /** A folder of the daemon's on the repositories' file system. */
  readonly staging: string;
  /** What the registered remote had for a branch when it was asked last; null: nothing, or nobody asked. */
  readonly upstreamValue: (repo: RepoRecord, ref: RefName) => Promise<Oid | null>;
  readonly rules: () => TransactionRules;
  readonly now: () => Date;
}

export interface Transaction {
  readonly agent: AgentRecord;
  readonly repo: RepoRecord;
  readonly updates: readonly ProposedUpdate[];
  readonly renamedTo: RefName | null;
  readonly argv: readonly string[];
  readonly container: Container;
  readonly signal: AbortSignal;
}

export type TransactionResult =
  | {
      readonly kind: 'done';
      /** Objects that are in the repository now, so that the agent's copies are not needed. */
      readonly placed: readonly Oid[];
    }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRef[] };

const method = 'transaction.propose';

/** Throws GitisoError of the storage and of the connection. */
export async function propose(parts: TransactionParts, transaction: Transaction): Promise<TransactionResult> {
  const { agent, repo, argv } = transaction;
  const seen = await look(parts, transaction);
  const updates = changesOf(transaction, seen.refs);
  const refused = await judge(parts, transaction, updates);
  if (refused.length > 0) return deny(parts, transaction, refused);
  if (updates.length === 0) return { kind: 'done', placed: [] };

  const staged = await bringObjects(parts, transaction, updates, seen);
  if (staged.kind === 'refused') return deny(parts, transaction, staged.refused);
  const made = updates.filter(({ old }) => old === zeroOid).map(({ ref }) => ref);
  try {
    own(parts, transaction, made);
    const origin = { agent: agent.id, method, argv: auditedArguments(argv) };
    const result = await applyAll(parts, repo, updates, origin, staged.objects ?? undefined);
    if (result.kind === 'changed') {
      parts.agents.changeOwnRefs(agent.id, { add: [], remove: made });
      return { kind: 'refused', refused: [lostRace(result, updates)] };
    }
  } catch (error) {
    parts.agents.changeOwnRefs(agent.id, { add: [], remove: made });
    if (error instanceof GitisoError && error.code === 'invalid-change')
      return { kind: 'refused', refused: updates.slice(0, 1).map(({ ref }) => conflict(ref, error)) };
    throw error;
  } finally {
    await staged.objects?.discard();
  }
  const removed = updates.filter((update) => update.new === zeroOid).map(({ ref }) => ref);
  parts.agents.changeOwnRefs(agent.id, { add: [], remove: removed });
  const objects = staged.objects?.objects ?? new Map<Oid, { readonly type: string }>();
  const commits = [...objects.values()].filter(({ type }) => type === 'commit').length;
  parts.agents.noteActivity(agent.id, { at: parts.now(), commits });
  return { kind: 'done', placed: [...objects.keys()] };
}

interface Seen {
  readonly refs: ReadonlyMap<RefName, Oid | null>;
  /** Types of the new values; null: the repository does not have the object. */
  readonly types: ReadonlyMap<Oid, ObjectType | null>;
}

/** All that has to be known of the repository, in one question. */
async function look(parts: TransactionParts, transaction: Transaction): Promise<Seen> {
  const { updates, renamedTo, repo, agent } = transaction;
  const names = [...updates.map(({ ref }) => ref), ...(renamedTo === null ? [] : [renamedTo]), agent.ref];
  const ids = [...new Set(updates.map((update) => update.new))].filter((id) => id !== zeroOid);
  const { values, types } = await parts.refs.look(repo.id, names, ids);
  return {
    refs: new Map(names.map((ref, index) => [ref, values[index] ?? null])),
    types: new Map(ids.map((id, index) => [id, types[index] ?? null])),
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
  if (renamedTo !== null && only !== undefined && only.old !== zeroOid)
    changes.push({ ref: renamedTo, old: valueOf(renamedTo), new: only.old });
  return changes.filter(({ ref, new: target }) => valueOf(ref) !== target);
}

async function judge(
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
 * `git pull` on the default branch, `git fetch --tags --force`: nobody loses when a ref that is nobody's becomes what the
 * remote has. In a repository from a clone, its branches are the user's.
 */
async function followsRemote(
  parts: TransactionParts,
  repo: RepoRecord,
  update: RefUpdate,
  rule: string,
): Promise<boolean> {
  const isNobodys =
    rule === 'foreign-tag'
      ? parts.agents.list().every(({ repo: of, ownRefs }) => of !== repo.id || !ownRefs.includes(update.ref))
      : rule === 'protected-branch' && repo.cloneDir === null;
  if (!isNobodys || update.new === zeroOid) return false;
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

/**
 * `git branch -m x x/y`: the names exclude each other, so one goes before the other comes, as git itself does it. If the new
 * one can not be made, the old one is made again.
 */
async function applyAll(
  parts: TransactionParts,
  repo: RepoRecord,
  updates: readonly RefUpdate[],
  origin: Parameters<RefUpdates['apply']>[2],
  objects: StagedObjects | undefined,
): Promise<RefUpdateResult> {
  const [gone, come] = updates;
  const isInTheWay = gone?.new === zeroOid && come !== undefined && excludes(gone.ref, come.ref);
  if (updates.length !== 2 || !isInTheWay) return parts.refs.apply(repo.id, updates, origin, objects);
  const first = await parts.refs.apply(repo.id, [gone], origin);
  if (first.kind === 'changed') return first;
  const undo = { ref: gone.ref, old: zeroOid, new: gone.old };
  try {
    const second = await parts.refs.apply(repo.id, [come], origin, objects);
    if (second.kind === 'changed') await parts.refs.apply(repo.id, [undo], origin);
    return second;
  } catch (error) {
    await parts.refs.apply(repo.id, [undo], origin);
    throw error;
  }
}

function excludes(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

type Brought =
  | { readonly kind: 'brought'; readonly objects: StagedObjects | null }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRef[] };

/** Asks for objects only when a new value is not in the repository. */
async function bringObjects(
  parts: TransactionParts,
  transaction: Transaction,
  updates: readonly RefUpdate[],
  seen: Seen,
): Promise<Brought> {
  const { repo, agent, container, signal } = transaction;
  const targets = updates.filter((update) => update.new !== zeroOid);
  const types = new Map(seen.types);
  const missing = [...types].flatMap(([id, type]) => (type === null ? [id] : []));
  let objects: StagedObjects | null = null;
  if (missing.length > 0) {
    const rules = parts.rules();
    // Where new work most likely begins, so that git in the container need not walk the whole history.
    const known = new Set([...updates.map(({ old }) => old), seen.refs.get(agent.ref) ?? zeroOid]);
    const pack = await askForObjects(
      container,
      missing,
      [...known].filter((id) => id !== zeroOid),
      rules.commitBytes,
    );
    signal.throwIfAborted();
    const place = { git: parts.git, gitDir: repo.directory, staging: parts.staging, isKept: false };
    objects = await stageObjects(
      { ...place, blobBytes: rules.blobBytes, totalBytes: rules.commitBytes },
      pack,
    );
    for (const id of missing) types.set(id, objects.objects.get(id)?.type ?? null);
    const verdict = checkObjects(objects.objects, agent, rules);
    if (!verdict.allowed) {
      await objects.discard();
      return { kind: 'refused', refused: targets.map(({ ref }) => ({ ...verdict, ref })) };
    }
  }
  // The value of a renamed branch was not asked for: it is one that a branch has.
  const wrong = targets.filter(({ ref, new: id }) => types.has(id) && !isFit(ref, types.get(id) ?? null));
  if (wrong.length === 0) return { kind: 'brought', objects };
  await objects?.discard();
  return { kind: 'refused', refused: wrong.map(({ ref, new: id }) => unfit(ref, id, types.get(id) ?? null)) };
}

function isFit(ref: RefName, type: string | null): boolean {
  return ref.startsWith('refs/heads/') ? type === 'commit' : type !== null;
}

/** Names are taken before they exist: a crash in between leaves a claim on nothing, which the next owner lifts. */
function own(parts: TransactionParts, { agent, repo }: Transaction, made: readonly RefName[]): void {
  if (made.length === 0) return;
  for (const other of parts.agents.list()) {
    if (other.id === agent.id || other.repo !== repo.id) continue;
    if (other.ownRefs.some((ref) => made.includes(ref)))
      parts.agents.changeOwnRefs(other.id, { add: [], remove: made });
  }
  parts.agents.changeOwnRefs(agent.id, { add: made.filter((ref) => ref !== agent.ref), remove: [] });
}

async function deny(
  parts: TransactionParts,
  { agent, repo, argv, updates }: Transaction,
  refused: readonly RefusedRef[],
): Promise<TransactionResult> {
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
  return { kind: 'refused', refused };
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
  return { ref, rule: 'ref-conflict', reason: error.message, hint: 'choose another name' };
}

function unfit(ref: RefName, id: Oid, type: string | null): RefusedRef {
  const reason = type === null ? `object ${id} is not there` : `${id} is a ${type}, not a commit`;
  return { ref, rule: 'object-missing', reason, hint: 'run git fsck' };
}
