/** Interface only for now: the repositories in memory, each with its durable record beside the bare repository. */
import type { RepoId } from '../../shared/ids';
import type { Repo } from '../../shared/records';

export interface RepoRecord extends Omit<Repo, 'id'> {
  readonly id: RepoId;
  /** URL for push and fetch as given, possibly with credentials: never logged, never shown, never mounted. */
  readonly remoteUrl: string | null;
  /** Owner of the user's clone, or the daemon's own: default owner of workspaces. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly version: 1;
}

export interface RepoRegistry {
  readonly get: (id: RepoId) => RepoRecord | undefined;
  /** Throws GitisoError 'repo-not-found'. */
  readonly require: (id: string) => RepoRecord;
  readonly list: () => readonly RepoRecord[];
  readonly put: (record: RepoRecord) => Promise<void>;
  readonly delete: (id: RepoId) => Promise<void>;
}
