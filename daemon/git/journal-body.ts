/** What the journal's records say (docs/journal.md). A change of these shapes needs a new version number. */
import type { Oid, RefName } from '../../shared/ids';
import type { CommitRequest, OfferedBlob } from './commit-engine';
import type { RefUpdate } from './ref-updates';

/**
 * When the repository was registered: a record of one that was removed since says nothing about its successor of the
 * same name.
 */
interface OfRepository {
  readonly created?: string;
}

export type JournalBody =
  | (OfRepository & {
      readonly kind: 'commit';
      readonly version: 1;
      readonly time: string;
      /** The bytes of the blobs are the record's blobs, in this order; larger ones were synced on their own. */
      readonly blobs: readonly Pick<OfferedBlob, 'id' | 'form'>[];
      readonly request: Omit<CommitRequest, 'blobs'>;
    })
  | (OfRepository & {
      readonly kind: 'refs';
      /** 2: with `objects`. */
      readonly version: 1 | 2;
      /** Whether the record's blob is a pack of the objects that the refs need; left out: they are durable. */
      readonly hasPack?: boolean;
      /** The record's blobs are these objects, as loose files; left out: there are none. */
      readonly objects?: readonly Oid[];
      readonly time: string;
      readonly repo: string;
      readonly updates: readonly RefUpdate[];
      /** Made as the remote has them: nobody's own. */
      readonly fetched?: readonly RefName[];
      readonly agent: string | null;
      readonly method: string;
      readonly argv: readonly string[];
      /** Of the agent: refs that it makes are not those of a later agent of the same name. */
      readonly generation?: string;
    })
  | OperationBody
  /** The record of this number was refused after it was written, or is an operation that has ended. */
  | { readonly kind: 'abort'; readonly seq: number };

/** Something that host git does in many steps is about to begin: recovery finds out how far it came and audits that. */
export type OperationBody = OfRepository & {
  readonly kind: 'operation';
  readonly version: 1;
  readonly time: string;
  readonly repo: string;
  readonly agent: string | null;
  readonly method: string;
  readonly argv: readonly string[];
  /** `refs`: the refs before it are the record's blob; `appears`, `goes`: the repository does; `remote`: nobody here can tell. */
  readonly traces: 'refs' | 'appears' | 'goes' | 'remote';
  /** What a remote is asked to do. */
  readonly asked: readonly { readonly ref: string; readonly old: Oid; readonly new: Oid }[];
};

export type RefsBody = Extract<JournalBody, { kind: 'refs' }>;

/** Throws when the record was written by a newer gitiso. */
export function asJournalBody(body: unknown): JournalBody {
  const value = body as JournalBody;
  if (value.kind !== 'abort' && !(value.kind === 'refs' ? [1, 2] : [1]).includes(value.version))
    throw new Error(`the journal was written by a newer gitiso (record version ${String(value.version)})`);
  return value;
}
