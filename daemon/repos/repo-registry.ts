/** The repositories in memory, each with its durable record `repos/<id>.json` (0600: it can hold credentials). */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Type } from '@sinclair/typebox';
import { GitisoError } from '../../shared/errors';
import { isRepoId, type RepoId } from '../../shared/ids';
import { RepoSchema, type Repo } from '../../shared/records';
import { syncDirectory, writeDurably } from '../durable-file';
import type { Layout } from '../layout';

export interface RepoRecord extends Omit<Repo, 'id'> {
  readonly id: RepoId;
  /** URL for push and fetch as given, possibly with credentials: never logged, never shown, never mounted. */
  readonly remoteUrl: string | null;
  /** Owner of the user's clone, or the daemon's own: default owner of workspaces. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The git directory of the user's clone; null for a URL. */
  readonly cloneDir: string | null;
  /** The one branch that is fetched (shallow and single-branch copies); null: all. */
  readonly singleBranch: string | null;
  readonly version: 1;
}

/** The same as a schema, for what is read back from disk. */
export const RepoRecordSchema = Type.Composite(
  [
    RepoSchema,
    Type.Object({
      remoteUrl: Type.Union([Type.String(), Type.Null()]),
      owner: Type.Object({ uid: Type.Integer(), gid: Type.Integer() }, { additionalProperties: false }),
      cloneDir: Type.Union([Type.String(), Type.Null()]),
      singleBranch: Type.Union([Type.String(), Type.Null()]),
      version: Type.Literal(1),
    }),
  ],
  { additionalProperties: false },
);

export interface RepoRegistry {
  readonly get: (id: RepoId) => RepoRecord | undefined;
  /** Throws GitisoError 'repo-not-found'. */
  readonly require: (id: string) => RepoRecord;
  readonly list: () => readonly RepoRecord[];
  /** Durable when it resolves. */
  readonly put: (record: RepoRecord) => Promise<void>;
  /** Durable when it resolves. */
  readonly delete: (id: RepoId) => Promise<void>;
}

/** `records` are what `loadRepoRecords` found. */
export function createRepoRegistry(layout: Layout, records: readonly RepoRecord[]): RepoRegistry {
  const repos = new Map(records.map((record) => [record.id, record]));
  return {
    get: (id) => repos.get(id),
    require: (id) => {
      const record = isRepoId(id) ? repos.get(id) : undefined;
      if (record === undefined)
        throw new GitisoError('repo-not-found', `there is no repository ${id.slice(0, 80)}`);
      return record;
    },
    list: () => [...repos.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    put: async (record) => {
      await writeRepoRecord(layout, record);
      repos.set(record.id, record);
    },
    delete: async (id) => {
      repos.delete(id);
      await rm(layout.repoRecord(id), { force: true });
      await syncDirectory(dirname(layout.repoRecord(id)));
    },
  };
}

/** Makes the record durable without making the repository known: the first half of an add. */
export async function writeRepoRecord(layout: Layout, record: RepoRecord): Promise<void> {
  await writeDurably(layout.repoRecord(record.id), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** What operators and editors see: everything but the secret and internal fields. */
export function publicRepo(record: RepoRecord): Repo {
  const {
    id,
    source,
    remote,
    defaultBranch,
    publish,
    protectedBranches,
    privateAgents,
    depth,
    directory,
    createdAt,
    fetchedAt,
  } = record;
  return {
    id,
    source,
    remote,
    defaultBranch,
    publish,
    protectedBranches,
    privateAgents,
    depth,
    directory,
    createdAt,
    fetchedAt,
  };
}
