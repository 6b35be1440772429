/** The one way to move refs of a repository, as everything but a commit asks for it. */
import type { Oid, RefName } from '../../shared/ids';
import type { StoreName } from '../stores';
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
  /** Called when the refs have moved, before the next request for one of them has its turn. Must not throw. */
  readonly onMoved?: (updates: readonly RefUpdate[]) => void;
}

export interface RefUpdates {
  /** null: the ref does not exist. */
  readonly read: (store: StoreName, ref: RefName) => Promise<Oid | null>;
  /** Values of refs and types of objects, each in the order asked for; null: it does not exist. */
  readonly look: (
    store: StoreName,
    refs: readonly RefName[],
    ids: readonly Oid[],
  ) => Promise<{ readonly values: readonly (Oid | null)[]; readonly types: readonly (ObjectType | null)[] }>;
  /**
   * Locks, compares, journals durably, swaps, audits; all refs or none. The objects must already be in the
   * repository and durable, or come with `objects`. Throws GitisoError 'storage-failed', 'worker-failed', and
   * 'invalid-change' for names that can not exist beside others; a lost race is a result.
   */
  readonly apply: (
    store: StoreName,
    updates: readonly RefUpdate[],
    origin: RefMoveOrigin,
    objects?: Pick<StagedObjects, 'journaled' | 'place'>,
  ) => Promise<RefUpdateResult>;
}
