/** Moves the refs of an allowed transaction: all in one, or in turn where git itself can not do it otherwise. */
import { zeroOid } from '../../shared/ids';
import type { RefUpdate, RefUpdateResult, RefUpdates } from '../git/ref-updates';
import type { StagedObjects } from '../git/stage-objects';
import type { StoreName } from '../stores';
import type { TransactionParts } from './transaction';

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
  await objects?.place();
  return parts.refs.replace(store, gone, come, origin);
}

function excludes(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
