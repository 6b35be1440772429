/** The repositories in memory, each with its durable record `repos/<id>.json` (0600: it can hold credentials). */
import { dirname } from 'node:path';
import { Type } from '@sinclair/typebox';
import { GitisoError } from '../../shared/errors';
import { isRepoId, type RepoId } from '../../shared/ids';
import { RepoSchema, type Repo } from '../../shared/records';
import { removeRecord, syncDirectory, writeRecord } from '../durable-file';
import type { Layout } from '../layout';
import type { DamagedRepo, LoadedRepos } from './load-repos';

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
  /** Throws GitisoError 'repo-not-found' or 'state-damaged'. */
  readonly require: (id: string) => RepoRecord;
  readonly list: () => readonly RepoRecord[];
  /** What is there and can not be used; not in `list`. */
  readonly damaged: () => readonly DamagedRepo[];
  /** Durable when it resolves. A damaged repository that was mended is served again. */
  readonly mend: (record: RepoRecord) => Promise<void>;
  /** Durable when it resolves. */
  readonly put: (record: RepoRecord) => Promise<void>;
  /** Durable when it resolves. */
  readonly delete: (id: RepoId) => Promise<void>;
}

/** `loaded` is what `loadRepoRecords` found. */
export function createRepoRegistry(layout: Layout, loaded: LoadedRepos): RepoRegistry {
  const repos = new Map(loaded.records.map((record) => [record.id, record]));
  let { damaged } = loaded;
  const put = async (record: RepoRecord): Promise<void> => {
    await writeRepoRecord(layout, record);
    repos.set(record.id, record);
  };
  return {
    get: (id) => repos.get(id),
    require: (id) => {
      const record = isRepoId(id) ? repos.get(id) : undefined;
      const bad = record === undefined ? damaged.find((one) => one.id === id) : undefined;
      if (bad !== undefined) throw repositoryDamaged(bad);
      if (record === undefined)
        throw new GitisoError('repo-not-found', `there is no repository ${id.slice(0, 80)}`);
      return record;
    },
    list: () => [...repos.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    damaged: () => damaged,
    mend: async (record) => {
      await put(record);
      damaged = damaged.filter(({ id }) => id !== record.id);
    },
    put,
    delete: async (id) => {
      repos.delete(id);
      await removeRecord(layout.repoRecord(id));
      await syncDirectory(dirname(layout.repoRecord(id)));
    },
  };
}

/** Makes the record durable without making the repository known: the first half of an add. */
export async function writeRepoRecord(layout: Layout, record: RepoRecord): Promise<void> {
  await writeRecord(layout.repoRecord(record.id), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** What a request for a damaged repository, or for its id, is answered with. */
export function repositoryDamaged({ id, problem }: DamagedRepo): GitisoError {
  return new GitisoError('state-damaged', `repository ${id} can not be used: ${problem}`);
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
