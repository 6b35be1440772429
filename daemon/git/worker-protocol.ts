/** What the daemon says to a git worker and hears from it. Both ends are ours; the data in it is checked already. */
import type { Oid, RefName } from '../../shared/ids';
import type { Change, CommitRequest, OfferedBlob, Signature } from './commit-engine';
import type { CheckedObject, OfferLimits } from './check-offered';
import type { LooseFile } from './loose-file';
import type { ObjectType } from './parse-plain-pack';
import type { RefUpdate } from './ref-updates';

/** Everything a commit is made from: deterministic, so that doing it again gives the same id. */
export type CommitPlan = Pick<
  CommitRequest,
  'ref' | 'old' | 'parents' | 'base' | 'author' | 'committer' | 'message' | 'encoding'
> & {
  readonly gitDirectory: string;
  readonly changes: readonly Change[];
  readonly blobs: readonly OfferedBlob[];
  readonly blobLimitBytes: number;
  /** Of all unpacked blobs together. */
  readonly totalLimitBytes: number;
};

export interface StoredCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  readonly encoding: string | null;
}

export type WorkerRequest =
  /** Write and sync blobs that are too large for the journal. */
  | {
      readonly op: 'import';
      readonly gitDirectory: string;
      readonly blobs: readonly OfferedBlob[];
      readonly blobLimitBytes: number;
      readonly totalLimitBytes: number;
    }
  /** Objects and a locked ref; the lock is held until 'settle'. */
  | { readonly op: 'prepareCommit'; readonly plan: CommitPlan }
  | {
      readonly op: 'prepareRefs';
      readonly gitDirectory: string;
      readonly updates: readonly RefUpdate[];
      /** Checked objects that are stored before the refs are locked. */
      readonly files?: readonly LooseFile[];
    }
  | { readonly op: 'settle'; readonly transaction: number; readonly commit: boolean }
  /** The objects alone, again, after a crash. */
  | { readonly op: 'rebuildCommit'; readonly plan: CommitPlan }
  | { readonly op: 'restoreLoose'; readonly gitDirectory: string; readonly files: readonly LooseFile[] }
  | {
      readonly op: 'look';
      readonly gitDirectory: string;
      readonly refs: readonly RefName[];
      readonly ids: readonly Oid[];
      readonly offered: readonly LooseFile[];
      readonly limits: OfferLimits;
    }
  | { readonly op: 'exists'; readonly gitDirectory: string; readonly ids: readonly Oid[] }
  | { readonly op: 'readRef'; readonly gitDirectory: string; readonly ref: RefName }
  | { readonly op: 'readCommit'; readonly gitDirectory: string; readonly commit: Oid };

/** A refusal that is the requester's doing; everything unexpected is thrown instead. */
export type Refusal =
  | { readonly kind: 'changed'; readonly ref: RefName; readonly current: Oid }
  | { readonly kind: 'invalid'; readonly rule: string; readonly reason: string };

export type Prepared = {
  readonly kind: 'prepared';
  readonly transaction: number;
  readonly commit: Oid;
  readonly tree: Oid;
  readonly abbreviated: string;
};

export interface WorkerResults {
  readonly import: { readonly kind: 'done' } | Refusal;
  readonly prepareCommit: Prepared | Refusal;
  readonly prepareRefs: { readonly kind: 'prepared'; readonly transaction: number } | Refusal;
  readonly settle: { readonly kind: 'done' };
  readonly rebuildCommit:
    | { readonly kind: 'rebuilt'; readonly commit: Oid; readonly tree: Oid; readonly abbreviated: string }
    | Refusal;
  readonly look: {
    readonly values: readonly (Oid | null)[];
    readonly types: readonly (ObjectType | null)[];
    /** What was offered and the repository lacks; null: git is to judge it. */
    readonly checked: readonly CheckedObject[] | null;
  };
  readonly restoreLoose: { readonly kind: 'done' } | Refusal;
  readonly exists: { readonly missing: readonly Oid[] };
  readonly readRef: { readonly current: Oid | null };
  readonly readCommit: StoredCommit;
}

export type WorkerOp = keyof WorkerResults;

export type ToWorker = { readonly id: number; readonly request: WorkerRequest };
export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  /** `code` is an errno name such as ENOSPC where there is one. */
  | { readonly id: number; readonly error: string; readonly code: string | null };
