/** Moves the refs of an allowed transaction: all in one, or in turn where git itself can not do it otherwise. */
import { zeroOid } from '../../shared/ids';
import type { RefUpdate, RefUpdateResult, RefUpdates } from '../git/ref-updates';
import type { StagedObjects } from '../git/stage-objects';
import type { StoreName } from '../stores';
import type { TransactionParts } from './transaction';

/**
 * `git branch -m x x/y`: the names exclude each other, so one goes before the other comes, as git itself does it. If the new
 * one can not be made, the old one is made again.
 */
export async function applyUpdates(
  parts: Pick<TransactionParts, 'refs'>,
  store: StoreName,
  updates: readonly RefUpdate[],
  origin: Parameters<RefUpdates['apply']>[2],
  objects: StagedObjects | undefined,
): Promise<RefUpdateResult> {
  const [gone, come] = updates;
  const isInTheWay = gone?.new === zeroOid && come !== undefined && excludes(gone.ref, come.ref);
  if (updates.length !== 2 || !isInTheWay) return parts.refs.apply(store, updates, origin, objects);
  const first = await parts.refs.apply(store, [gone], origin);
  if (first.kind === 'changed') return first;
  const undo = { ref: gone.ref, old: zeroOid, new: gone.old };
  try {
    const second = await parts.refs.apply(store, [come], origin, objects);
    if (second.kind === 'changed') await parts.refs.apply(store, [undo], origin);
    return second;
  } catch (error) {
    await parts.refs.apply(store, [undo], origin);
    throw error;
  }
}

function excludes(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
