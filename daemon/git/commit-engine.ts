/** From a checked change list to a durable commit and a moved ref: what the engine is asked and answers. */
import type { Oid, RefName, AgentId } from '../../shared/ids';
import type { StoreName } from '../stores';

/** One line of the change list. Paths carry one byte per character (U+0000–U+00FF), separated by '/'. */
export type Change =
  | { readonly kind: 'put'; readonly path: string; readonly mode: FileMode; readonly id: Oid }
  | { readonly kind: 'delete'; readonly path: string };

export type FileMode = '100644' | '100755' | '120000' | '160000';

/** A blob from the agent, not to be trusted: `loose` is the file git wrote (zlib of header + content), `raw` the content. */
export interface OfferedBlob {
  readonly id: Oid;
  readonly form: 'loose' | 'raw';
  readonly bytes: Buffer;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

export interface CommitRequest {
  readonly agent: AgentId;
  /** Where the commit goes: the agent's store. */
  readonly repo: StoreName;
  readonly key: string;
  readonly ref: RefName;
  /** Value the ref must have: zeroOid for an unborn branch. */
  readonly old: Oid;
  readonly parents: readonly Oid[];
  /** The commit whose tree the changes are relative to; null: the empty tree. */
  readonly base: Oid | null;
  readonly changes: readonly Change[];
  readonly blobs: readonly OfferedBlob[];
  readonly author: Signature;
  readonly committer: Signature;
  /** As it goes into the commit, one byte per character. */
  readonly message: string;
  /** Value of the commit's encoding header, null: UTF-8, no header. */
  readonly encoding: string | null;
  /** For the audit log. */
  readonly argv: readonly string[];
}

export type CommitResult =
  | { readonly kind: 'committed'; readonly commit: Oid; readonly tree: Oid; readonly abbreviated: string }
  /** These blobs are neither offered nor in the repository: fetch them from the agent and ask again. */
  | { readonly kind: 'missing'; readonly ids: readonly Oid[] }
  | { readonly kind: 'changed'; readonly current: Oid }
  /** A rule of the policy or of the form of paths, modes and objects says no; audited already. */
  | { readonly kind: 'denied'; readonly rule: string; readonly reason: string; readonly hint: string };

export interface CommitEngine {
  /** Durable and audited when it resolves. Throws GitisoError 'storage-failed', 'worker-failed', 'shutting-down'. */
  readonly commit: (request: CommitRequest) => Promise<CommitResult>;
  /** The finished answer of an earlier request with this key, if any. */
  readonly remembered: (agent: AgentId, key: string) => CommitResult | undefined;
  /** Author, parents, tree and raw message of a commit of the repository (for --amend). */
  readonly readCommit: (
    store: StoreName,
    commit: Oid,
  ) => Promise<{
    readonly tree: Oid;
    readonly parents: readonly Oid[];
    readonly author: Signature;
    readonly message: string;
    readonly encoding: string | null;
  }>;
}
