/** The one way to move refs of a repository, as everything but a commit asks for it. */
import type { Oid, RefName } from '../../shared/ids';
import type { StoreName } from '../stores';
import type { CheckedObject, OfferLimits } from './check-offered';
import type { LooseFile } from './loose-file';
import type { ObjectType } from './parse-plain-pack';
import type { StagedObjects } from './stage-objects';

export interface RefUpdate {
  readonly ref: RefName;
  /** Expected value: zeroOid = must not exist. */
  readonly old: Oid;
  /** zeroOid = delete. */
  readonly new: Oid;
}

export type RefUpdateResult =
  { readonly kind: 'updated' } | { readonly kind: 'changed'; readonly ref: RefName; readonly current: Oid };

export interface RefMoveOrigin {
  /** null: an administrator. */
  readonly agent: string | null;
  readonly method: string;
  readonly argv: readonly string[];
  /** Those that a fetch made: they become nobody's own. */
  readonly fetched?: readonly RefName[];
  /** Called when the refs have moved, before the next request for one of them has its turn. Must not throw. */
  readonly onMoved?: (updates: readonly RefUpdate[]) => void;
}

export interface Look {
  readonly values: readonly (Oid | null)[];
  readonly types: readonly (ObjectType | null)[];
  /** Of what was offered, all that the repository lacks, as sound as git would have it; null: git is to judge it. */
  readonly checked: readonly CheckedObject[] | null;
}

export interface RefUpdates {
  /** null: the ref does not exist. */
  readonly read: (store: StoreName, ref: RefName) => Promise<Oid | null>;
  /**
   * Values of refs and types of objects, each in the order asked for; null: it does not exist. `offer` is what an agent
   * sends along for the case that an object is missing.
   */
  readonly look: (
    store: StoreName,
    refs: readonly RefName[],
    ids: readonly Oid[],
    offer?: { readonly files: readonly LooseFile[]; readonly limits: OfferLimits },
  ) => Promise<Look>;
  /**
   * Locks, compares, journals durably, swaps, audits; all refs or none. The objects must already be in the
   * repository and durable, or come with `objects`. Throws GitisoError 'storage-failed', 'worker-failed', and
   * 'invalid-change' for names that can not exist beside others; a lost race is a result.
   */
  readonly apply: (
    store: StoreName,
    updates: readonly RefUpdate[],
    origin: RefMoveOrigin,
    objects?: Pick<StagedObjects, 'journaled' | 'loose' | 'place'>,
  ) => Promise<RefUpdateResult>;
  /** The same for two names that exclude each other (`x`, `x/y`): `gone` is deleted, then `come` is made. */
  readonly replace: (
    store: StoreName,
    gone: RefUpdate,
    come: RefUpdate,
    origin: RefMoveOrigin,
  ) => Promise<RefUpdateResult>;
}
