/**
 * A push when the user's clone itself is agents' origin: the objects are copied and the refs moved there by
 * compare-and-swap, as the clone's owner. No hook runs, a checked-out branch is never moved.
 */
import { zeroOid } from '../../shared/ids';
import { checkedOutBranches } from '../repos/clone-view';
import { listRefs, localLimits, moveRefs, moveRefsAtOnce, type RefMap } from '../repos/git-refs';
import { transferObjects } from '../repos/transfer-objects';
import { openClone } from '../repos/update-repository';
import type { RefVerdict } from './push-answer';
import type { PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';

const ok: RefVerdict = { kind: 'ok' };
const checkedOut: RefVerdict = { kind: 'refused', reason: 'branch is currently checked out' };
const stale: RefVerdict = { kind: 'refused', reason: 'failed to update ref' };
const atomic: RefVerdict = { kind: 'refused', reason: 'atomic push failure' };

/** What the clone shows of itself. */
export async function listClone({ context, record }: RemoteCall): Promise<RefMap> {
  return listRefs(context.git, await openClone(context, record), ['refs/heads/', 'refs/tags/']);
}

/** The objects must be in the repository. One verdict per command, in their order. */
export async function pushToClone(
  { context, record, agent }: RemoteCall,
  commands: readonly PushCommand[],
  isAtomic: boolean,
): Promise<readonly RefVerdict[]> {
  const clone = await openClone(context, record);
  const busy = await checkedOutBranches(clone.commonDir);
  const free = commands.filter(({ ref }) => !busy.has(ref));
  if (isAtomic && free.length < commands.length)
    return commands.map(({ ref }) => (busy.has(ref) ? checkedOut : atomic));
  const refs = await listRefs(context.git, clone, []);
  await transferObjects(context.git, {
    from: { gitDir: context.layout.storeGit(agent.store) },
    to: clone,
    wants: free.map((command) => command.new).filter((id) => id !== zeroOid),
    haves: [...refs.values()],
    fewAsLoose: true,
    timeoutMs: localLimits.timeoutMs,
  });
  const moved = isAtomic
    ? (await moveRefsAtOnce(context.git, clone, free))
      ? free
      : []
    : (await moveRefs(context.git, clone, free)).moved;
  const done = new Set(moved.map(({ ref }) => ref));
  return commands.map(({ ref }) => {
    if (busy.has(ref)) return checkedOut;
    if (done.has(ref)) return ok;
    return isAtomic ? atomic : stale;
  });
}
