/** Makes a removed agent again from its record and a snapshot: the same options, branch and work. */
import { crashPoint } from '../crash-points';
import { GitisoError } from '../../shared/errors';
import { isOid, zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { createAgent, type StartingPoint } from './create-agent';
import { fillFromSnapshot } from './fill-workspace';
import { planAgent, type AgentOptions } from './plan-agent';
import { openAttic } from '../repos/attic';
import { isPrivate } from '../stores';
import { packSnapshot } from './pack-snapshot';
import { readSnapshot, snapshotRef } from './snapshot-record';

/**
 * The branch stays where it is now; when it is gone, it gets the value it had. `number` null: the newest snapshot.
 * Throws 'snapshot-not-found' and what a creation throws; the removed record is kept then.
 */
export async function restoreAgent(
  context: AgentContext,
  removed: AgentRecord,
  number: number | null,
  signal: AbortSignal,
): Promise<{ readonly record: AgentRecord; readonly snapshot: RefName }> {
  const ref = snapshotRef(removed.id, number ?? removed.snapshots);
  const attic = await openAttic(context.layout, removed.repo);
  const commit = await context.refs.read(attic, ref);
  if (commit === null) {
    throw new GitisoError('snapshot-not-found', `there is no snapshot ${ref}`);
  }
  const snapshot = await readSnapshot(context, attic, commit);
  const plan = await planAgent(context, optionsOf(removed));
  const pack = await packSnapshot(context, attic, removed, snapshot, signal);
  // Where agents share the repository, branches are nobody's once their agent is gone.
  const ownRefs = isPrivate(plan.record) ? removed.ownRefs : [];
  const { record } = await createAgent(
    context,
    {
      ...plan,
      base: null,
      record: { ...plan.record, commits: removed.commits, acceptedBytes: removed.acceptedBytes, ownRefs },
    },
    {
      fetch: false,
      findBase: () => lastValue(context, removed),
      fill: (link) => fillFromSnapshot(context, link, snapshot, pack, signal),
    } satisfies StartingPoint,
    signal,
  );
  const restored = { ...record, base: removed.base };
  await context.registry.put(restored);
  crashPoint('agent-restore:made');
  await context.registry.deleteRemoved(removed.id);
  return { record: restored, snapshot: ref };
}

/** Where the branch begins if it has to be made. */
async function lastValue(context: AgentContext, removed: AgentRecord) {
  const commit: Oid = removed.removedAt ?? zeroOid;
  const none = { ref: null, upstream: null, behind: null, committedAt: null };
  if (!isOid(commit) || commit === zeroOid) return { commit: zeroOid, ...none };
  // It is in the attic, and comes from there.
  if (isPrivate(removed)) return { commit, ...none };
  return context.reposService.resolveBase(removed.repo, commit);
}

function optionsOf(record: AgentRecord): AgentOptions {
  const { id, repo, name, branch, image, author, committer, environment, network, limits, mounts } = record;
  return {
    ...{ id, repo, name, branch, image, author, committer, environment, network, limits, mounts },
    base: record.base.ref,
    ...(record.shareAuth === null ? {} : { shareAuth: record.shareAuth }),
    ...(record.storage === null ? {} : { storage: record.storage }),
  };
}
