/**
 * Removes an agent without losing its work: first look, then a snapshot in the attic, and only then container and
 * folder. Its branch stays.
 */
import { crashPoint } from '../crash-points';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import { openAttic } from '../repos/attic';
import { listRefs } from '../repos/git-refs';
import { discardPrivateStore } from '../repos/private-store';
import { discardAgentMirrors } from '../remote/mirror-place';
import { isPrivate } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { hideStorage } from './agent-storage';
import { importSnapshot } from './import-snapshot';
import { keepRefs, ownRefs } from './kept-refs';
import { removeContainers } from './launch-container';
import type { AgentLink } from './links';
import { snapshotRef, writeSnapshotCommits } from './snapshot-record';
import { startAgent, stopContainer } from './start-agent';
import { takeSnapshot, type SnapshotBasis, type TakenSnapshot } from './take-snapshot';
import { isUnfinished, undoCreation } from './undo-creation';
import { findUnfinishedWork, refuseWork } from './unfinished-work';

export interface Removal {
  /** Ref of the snapshot; null: there was none to take, or it was impossible and force was given. */
  readonly snapshot: RefName | null;
  /** What could not be kept. */
  readonly warnings: readonly string[];
}

/** Throws 'agent-has-work' and what starting the agent throws; nothing is removed then. */
export async function removeAgent(
  context: AgentContext,
  record: AgentRecord,
  options: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<Removal> {
  if (isUnfinished(record)) {
    await undoCreation(context, record, 'removed');
    return { snapshot: null, warnings: [] };
  }
  const warnings: string[] = [];
  const work: Removing = { context, record, ...options };
  let ref: RefName | null = null;
  try {
    const kept = await keepWork(work);
    ref = kept.ref;
    warnings.push(...kept.missing.map((what) => `not in the snapshot: ${what}`));
  } catch (error) {
    if (!options.force || !isGitisoError(error) || error.code === 'request-cancelled') {
      await settleAgain(context, record, work.record);
      throw error;
    }
    context.log.warn('an agent is removed without a snapshot', { agent: record.id, error });
    warnings.push(`no snapshot could be taken: ${error.message}`);
  }
  await stopContainer(context, work.record);
  try {
    await hideStorage(context, record, options.force);
  } catch (error) {
    await settleAgain(context, record, work.record);
    throw error;
  }
  crashPoint('agent-remove:stopped');
  await keepRefs(context, work.record);
  const branch = await context.refs.read(record.store, record.ref);
  await finishRemoval(context, {
    ...work.record,
    // As they are now: a restored private agent gets them back.
    ownRefs: context.registry.get(record.id)?.ownRefs ?? work.record.ownRefs,
    status: 'removed',
    containerId: null,
    removedAt: branch ?? zeroOid,
  });
  return { snapshot: ref, warnings };
}

/** `record` follows what happens: the container that runs, the number of the newest snapshot. */
interface Removing {
  readonly context: AgentContext;
  readonly force: boolean;
  readonly signal: AbortSignal;
  record: AgentRecord;
}

/** After a refusal: a stopped agent is stopped again, and the record says what runs. */
async function settleAgain(context: AgentContext, before: AgentRecord, now: AgentRecord): Promise<void> {
  if (before.status !== 'ready') await stopContainer(context, now).catch(() => undefined);
  if (now.containerId !== before.containerId) await context.registry.put(now);
}

/** Also what a restarted daemon does with a removal that was under way. Can be repeated. */
export async function finishRemoval(context: AgentContext, removed: AgentRecord): Promise<void> {
  // The engine first: when it cannot be asked, the agent stays as it is.
  await removeContainers(context, removed);
  await context.registry.put(removed);
  crashPoint('agent-remove:removed');
  await context.sockets.close(removed.id);
  await context.trash.discard(context.layout.agent(removed.id), removed.generation);
  crashPoint('agent-remove:discarded');
  if (isPrivate(removed)) await discardOwn(context, removed);
  await context.registry.delete(removed.id);
  crashPoint('agent-remove:done');
  context.events.publish({
    topic: 'agents',
    agent: removed.id,
    repo: removed.repo,
    data: { status: 'removed' },
  });
}

/** What it had is in the attic; what the journal says of its repository must not be needed any more. */
async function discardOwn(context: AgentContext, removed: AgentRecord): Promise<void> {
  await context.checkpoint();
  await discardAgentMirrors(context.layout.mirrors, removed);
  await discardPrivateStore(context.layout, removed);
}

async function keepWork(
  work: Removing,
): Promise<{ readonly ref: RefName; readonly missing: readonly string[] }> {
  const { context, force, signal } = work;
  const { id, store, ref } = work.record;
  const refuse = async (link: AgentLink) => {
    if (force) return;
    refuseWork(await findUnfinishedWork(context, work.record, link, await context.refs.read(store, ref)));
  };
  const present = context.links.link(id);
  if (present !== undefined) await refuse(present);
  // Started anew, so that nothing of the agent runs and writes while its work is collected.
  await stopContainer(context, work.record);
  const { containerId, link } = await startAgent(context, work.record, signal);
  work.record = { ...work.record, containerId };
  if (present === undefined) await refuse(link);
  const branch = await context.refs.read(store, ref);
  const basis = await snapshotBasis(context, work.record, branch);
  const taken = await takeSnapshot(context, link, basis);
  try {
    if (!force && taken.missing.length > 0) {
      throw new GitisoError('agent-has-work', `a snapshot can not hold ${taken.missing.join(', ')}`, {
        details: { missing: taken.missing },
      });
    }
    return { ref: await keep(work, branch, taken), missing: taken.missing };
  } finally {
    await taken.discard().catch(() => undefined);
  }
}

/** The attic sees what the repository has, and of a private agent the refs that are kept first. */
async function snapshotBasis(
  context: AgentContext,
  record: AgentRecord,
  branch: Oid | null,
): Promise<SnapshotBasis> {
  const { ref } = record;
  if (!isPrivate(record)) return { ref, branch, known: [], hasBorrowed: true };
  await keepRefs(context, record);
  const base = await listRefs(context.git, { gitDir: context.layout.repoGit(record.repo) }, []);
  const own = await ownRefs(context, record);
  const known = [...new Set([...own.values(), ...base.values()])].slice(0, mostKnown);
  return { ref, branch, known, hasBorrowed: false };
}

/** More make the question long and the pack hardly smaller. */
const mostKnown = 5000;

async function keep(work: Removing, branch: Oid | null, taken: TakenSnapshot): Promise<RefName> {
  const { context } = work;
  const { id, repo, snapshots } = work.record;
  crashPoint('agent-remove:collected');
  const attic = await openAttic(context.layout, repo);
  await importSnapshot(context, attic, taken, work.signal);
  crashPoint('agent-remove:imported');
  for (let number = snapshots + 1; ; number += 1) {
    const commit = await writeSnapshotCommits(context, attic, taken, { agent: id, number, parent: branch });
    const ref = snapshotRef(id, number);
    const result = await context.refs.apply(attic, [{ ref, old: zeroOid, new: commit }], {
      agent: null,
      method: 'agent.remove',
      argv: [id],
    });
    // A removal that a crash cut off has made it; this one is newer.
    if (result.kind === 'changed') continue;
    crashPoint('agent-remove:kept');
    work.record = { ...work.record, snapshots: number };
    await context.registry.put(work.record);
    crashPoint('agent-remove:noted');
    return ref;
  }
}
