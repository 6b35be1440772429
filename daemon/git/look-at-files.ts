/**
 * What a transaction has to know of a repository, without asking a worker, where it can be known from the files of a few
 * refs: half of all transactions make, move or delete a branch at a commit that another branch is at.
 */
import type { Oid, RefName } from '../../shared/ids';
import { keepNewest } from './keep-newest';
import type { ObjectType } from './parse-plain-pack';
import { createRefFiles, type RefFiles } from './ref-files';
import type { WorkerResults } from './worker-protocol';

/** So many files are read while nothing else is done. */
const mostRefs = 16;
/** Each may hold a whole file of packed refs. */
const mostStores = 16;

/** null: a worker has to look. */
export function lookAtFiles(
  files: RefFiles,
  refs: readonly RefName[],
  ids: readonly Oid[],
): WorkerResults['look'] | null {
  if (refs.length > mostRefs) return null;
  const commits = new Set<Oid>();
  const values: (Oid | null)[] = [];
  for (const ref of refs) {
    const value = files.read(ref);
    if (value === 'unclear') return null;
    // No branch is ever at anything else.
    if (value !== null && ref.startsWith('refs/heads/')) commits.add(value);
    values.push(value);
  }
  // Where no branch is found, the repository may be empty, damaged or gone.
  if (commits.size === 0 || !ids.every((id) => commits.has(id))) return null;
  return { values, types: ids.map((): ObjectType => 'commit'), checked: null };
}

/** By git directory; the last ones keep what they have read. */
export function rememberRefFiles(): (gitDirectory: string) => RefFiles {
  const known = new Map<string, RefFiles>();
  return (gitDirectory) => {
    const files = known.get(gitDirectory) ?? createRefFiles(gitDirectory);
    keepNewest(known, gitDirectory, files, mostStores);
    return files;
  };
}
