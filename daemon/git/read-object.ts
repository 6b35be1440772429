/** Reads objects of a repository as they are, by libgit2, which checks their hash. Runs in a worker. */
import type { Oid } from '../../shared/ids';
import type { GitOdb, GitRepository, NodeGit } from './nodegit';
import type { ObjectType } from './parse-plain-pack';

export interface ObjectReader {
  /** Whether the object is there, without another look at the disk for packs that came lately. */
  readonly isKnown: (id: Oid) => boolean;
  /** null: it is not there, or more than the limit was read before. Remembers folders and commits. */
  readonly read: (id: Oid) => Promise<{ readonly type: ObjectType; readonly content: Buffer } | null>;
}

/** GIT_ODB_LOOKUP_NO_REFRESH */
const noRefresh = 1;
/** libgit2's git_object_t. */
const objectTypes: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];

/** libgit2 has no way to look at a type without unpacking: `limitBytes` bounds what one request costs. */
export async function createObjectReader(
  git: NodeGit,
  repository: GitRepository,
  limitBytes: number,
): Promise<ObjectReader> {
  const odb = await repository.odb();
  let left = limitBytes;
  const known = new Map<Oid, { readonly type: ObjectType; readonly content: Buffer }>();
  return {
    isKnown: (id) => odb.existsExt(git.Oid.fromString(id), noRefresh) !== 0,
    read: async (id) => {
      const remembered = known.get(id);
      if (remembered !== undefined) return remembered;
      const oid = git.Oid.fromString(id);
      if (left <= 0 || odb.existsExt(oid, 0) === 0) return null;
      const object = await odb.read(oid);
      const type = objectTypes[object.type()];
      if (type === undefined) return null;
      left -= object.size();
      const read = { type, content: object.data().toBuffer(object.size()) };
      if (type !== 'blob') known.set(id, read);
      return read;
    },
  };
}

/** In the order asked for; null: it is not there. */
export type TypeReader = (ids: readonly Oid[]) => Promise<readonly (ObjectType | null)[]>;

/** The type of an object never changes: the last ones that were read are remembered. */
const rememberedTypes = 4096;

export function createTypeReader(git: NodeGit, odb: GitOdb): TypeReader {
  const known = new Map<Oid, ObjectType>();
  return (ids) =>
    Promise.all(
      ids.map(async (id) => {
        const oid = git.Oid.fromString(id);
        if (odb.existsExt(oid, 0) === 0) return null;
        const type = known.get(id) ?? objectTypes[(await odb.read(oid)).type()];
        if (type === undefined) return null;
        if (known.size >= rememberedTypes) known.clear();
        known.set(id, type);
        return type;
      }),
    );
}
