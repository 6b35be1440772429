/** Brings what a transaction's refs would name and the repository lacks: asked for, staged, checked; not yet in place. */
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { RefUpdate } from '../git/ref-updates';
import { stageObjects, type StagedObjects } from '../git/stage-objects';
import { askForObjects } from './ask-for-objects';
import { checkObjects } from './check-objects';
import type { RefusedRef } from './refusal';
import type { Seen, Transaction, TransactionParts } from './transaction';

export type Brought =
  | { readonly kind: 'brought'; readonly objects: StagedObjects | null; readonly bytes: number }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRef[] };

/** Asks for objects only when a new value is not in the repository. */
export async function bringObjects(
  parts: TransactionParts,
  transaction: Transaction,
  updates: readonly RefUpdate[],
  seen: Seen,
): Promise<Brought> {
  const { agent } = transaction;
  const targets = updates.filter((update) => update.new !== zeroOid);
  const types = new Map(seen.types);
  const missing = [...types].flatMap(([id, type]) => (type === null ? [id] : []));
  let objects: StagedObjects | null = null;
  let bytes = 0;
  if (missing.length > 0) {
    const rules = parts.rules();
    await parts.intake.requireRoom(agent.id, 0);
    const offered = takeOffered(transaction, missing, seen);
    const taken = offered ?? (await askAndStage(parts, transaction, updates, missing, seen));
    ({ objects, bytes } = taken);
    for (const id of missing) types.set(id, objects.objects.get(id)?.type ?? null);
    const verdict = checkObjects(objects.objects, agent, rules);
    if (!verdict.allowed) {
      await objects.discard();
      return { kind: 'refused', refused: targets.map(({ ref }) => ({ ...verdict, ref })) };
    }
  }
  // The value of a renamed branch was not asked for: it is one that a branch has.
  const wrong = targets.filter(({ ref, new: id }) => types.has(id) && !isFit(ref, types.get(id) ?? null));
  if (wrong.length === 0) return { kind: 'brought', objects, bytes };
  await objects?.discard();
  return { kind: 'refused', refused: wrong.map(({ ref, new: id }) => unfit(ref, id, types.get(id) ?? null)) };
}

interface Taken {
  readonly objects: StagedObjects;
  /** As they came. */
  readonly bytes: number;
}

/** null: they have to be asked for. */
function takeOffered({ offered }: Transaction, missing: readonly Oid[], { checked }: Seen): Taken | null {
  const objects = new Map((checked ?? []).map(({ id, type, content }) => [id, { type, content }]));
  if (!missing.every((id) => objects.has(id))) return null;
  const nothing = () => Promise.resolve();
  const files = new Map(offered.map((file) => [file.id, file]));
  const loose = [...objects.keys()].flatMap((id) => files.get(id) ?? []);
  const bytes = loose.reduce((sum, file) => sum + file.bytes.length, 0);
  return { objects: { objects, journaled: null, loose, place: nothing, discard: nothing }, bytes };
}

async function askAndStage(
  parts: TransactionParts,
  { agent, container, signal }: Transaction,
  updates: readonly RefUpdate[],
  missing: readonly Oid[],
  seen: Seen,
): Promise<Taken> {
  const { blobBytes, commitBytes } = parts.rules();
  // Where new work most likely begins, so that git in the container need not walk the whole history.
  const known = new Set([...updates.map(({ old }) => old), seen.refs.get(agent.ref) ?? zeroOid]);
  const pack = await askForObjects(
    container,
    missing,
    [...known].filter((id) => id !== zeroOid),
    commitBytes,
  );
  signal.throwIfAborted();
  const place = {
    git: parts.git,
    gitDir: parts.storeGit(agent.store),
    staging: parts.staging,
    isKept: false,
  };
  // Not while the container is asked: it may take its time.
  const objects = await parts.intake.inTurn(agent.id, signal, () =>
    stageObjects({ ...place, blobBytes, totalBytes: commitBytes }, pack),
  );
  return { objects, bytes: pack.length };
}

function isFit(ref: RefName, type: string | null): boolean {
  return ref.startsWith('refs/heads/') ? type === 'commit' : type !== null;
}

function unfit(ref: RefName, id: Oid, type: string | null): RefusedRef {
  const reason = type === null ? `object ${id} is not there` : `${id} is a ${type}, not a commit`;
  return { ref, rule: 'object-missing', reason, hint: 'run git fsck' };
}
