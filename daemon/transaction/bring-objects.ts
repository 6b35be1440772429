/** Brings what a transaction's refs would name and the repository lacks: asked for, staged, checked; not yet in place. */
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { RefUpdate } from '../git/ref-updates';
import { stageObjects, type StagedObjects } from '../git/stage-objects';
import { askForObjects } from './ask-for-objects';
import { checkObjects } from './check-objects';
import type { RefusedRef } from './refusal';
import type { Seen, Transaction, TransactionParts } from './transaction';

export type Brought =
  | { readonly kind: 'brought'; readonly objects: StagedObjects | null }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRef[] };

/** Asks for objects only when a new value is not in the repository. */
export async function bringObjects(
  parts: TransactionParts,
  transaction: Transaction,
  updates: readonly RefUpdate[],
  seen: Seen,
): Promise<Brought> {
  const { agent, container, signal } = transaction;
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
    const place = {
      git: parts.git,
      gitDir: parts.storeGit(agent.store),
      staging: parts.staging,
      isKept: false,
    };
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

function unfit(ref: RefName, id: Oid, type: string | null): RefusedRef {
  const reason = type === null ? `object ${id} is not there` : `${id} is a ${type}, not a commit`;
  return { ref, rule: 'object-missing', reason, hint: 'run git fsck' };
}
