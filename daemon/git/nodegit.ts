/**
 * The part of nodegit (libgit2) that gitiso uses, with types of our own: `@types/nodegit` lacks Transaction and
 * errs on what is synchronous. Only worker processes load this; a crash in here costs one request.
 */

export interface GitOid {
  readonly tostrS: () => string;
}

export interface GitTreeEntry {
  readonly id: () => GitOid;
  readonly filemode: () => number;
}

export interface GitTree {
  readonly id: () => GitOid;
  readonly entryCount: () => number;
  /** Nothing when there is no such entry (`entryByName` throws a TypeError then). */
  readonly _entryByName: (name: string) => GitTreeEntry | undefined;
  /** Throws when the path conflicts with the tree. nodegit gets more than one update wrong. */
  readonly createUpdated: (
    repo: GitRepository,
    count: 1,
    updates: readonly [GitTreeUpdate],
  ) => Promise<GitOid>;
}

export interface GitTreeUpdate {
  action: number;
  path: string;
  id: GitOid;
  filemode: number;
}

export interface GitTreebuilder {
  /** Throws on names that libgit2 refuses. */
  readonly insert: (name: string, id: GitOid, mode: number) => unknown;
  /** Throws when there is no such entry. */
  readonly remove: (name: string) => unknown;
  readonly entrycount: () => number;
  readonly write: () => Promise<GitOid>;
}

export interface GitSignature {
  readonly name: () => string;
}

export interface GitCommit {
  readonly id: () => GitOid;
  readonly treeId: () => GitOid;
  readonly parents: () => readonly GitOid[];
}

export interface GitOdbObject {
  /** libgit2's git_object_t. */
  readonly type: () => number;
  /** The buffer is a copy. */
  readonly data: () => { readonly toBuffer: (size: number) => Buffer };
  readonly size: () => number;
}

export interface GitOdb {
  /** Synchronous; looks at the disk again when the object is not known. */
  readonly existsExt: (id: GitOid, flags: number) => number;
  readonly read: (id: GitOid) => Promise<GitOdbObject>;
}

export interface GitRepository {
  readonly odb: () => Promise<GitOdb>;
}

/** Every method gives a libgit2 error number (below 0) instead of throwing or rejecting. */
export interface GitTransaction {
  readonly lockRef: (name: string) => number;
  readonly setTarget: (name: string, target: GitOid, signature: GitSignature, message: string) => number;
  readonly remove: (name: string) => number;
  readonly commit: () => Promise<number>;
}

interface NodeGit {
  /** `path` is an objects folder; what is read from it is checked against its hash. */
  readonly Odb: { readonly open: (path: string) => Promise<GitOdb> };
  readonly Oid: { readonly fromString: (hex: string) => GitOid };
  readonly Repository: { readonly openBare: (path: string) => Promise<GitRepository> };
  readonly Blob: {
    readonly createFromBuffer: (repo: GitRepository, data: Buffer, length: number) => Promise<GitOid>;
  };
  readonly Tree: {
    readonly lookup: (repo: GitRepository, id: GitOid) => Promise<GitTree>;
    readonly UPDATE: { readonly UPSERT: number };
  };
  readonly TreeUpdate: new () => GitTreeUpdate;
  readonly Treebuilder: {
    readonly create: (repo: GitRepository, source: GitTree | null) => Promise<GitTreebuilder>;
  };
  readonly Signature: {
    readonly create: (name: string, email: string, time: number, offsetMinutes: number) => GitSignature;
  };
  readonly Commit: {
    readonly lookup: (repo: GitRepository, id: GitOid) => Promise<GitCommit>;
    readonly create: (
      repo: GitRepository,
      updateRef: null,
      author: GitSignature,
      committer: GitSignature,
      encoding: string | null,
      message: string,
      tree: GitTree,
      parentCount: number,
      parents: readonly GitCommit[],
    ) => Promise<GitOid>;
  };
  readonly Reference: { readonly nameToId: (repo: GitRepository, name: string) => Promise<GitOid> };
  readonly Transaction: { readonly create: (repo: GitRepository) => Promise<GitTransaction> };
}

/** Loads libgit2: about 100 ms and 40 MB, so only when the first request needs it. */
export async function loadNodeGit(): Promise<NodeGit> {
  const module: unknown = await import('nodegit');
  return (module as { readonly default: NodeGit }).default;
}

export type { NodeGit };

/** libgit2's error number (https://libgit2.org/docs/reference/main/errors/git_error_code.html) of a thrown value. */
export function libgit2Errno(error: unknown): number {
  return typeof error === 'object' && error !== null && 'errno' in error && typeof error.errno === 'number'
    ? error.errno
    : 0;
}

export const GIT_ELOCKED = -14;
export const GIT_ENOTFOUND = -3;
