/** A store as a worker has it open, with what the next request will want. Runs in a worker. */
import { statSync } from 'node:fs';
import type { Oid } from '../../shared/ids';
import { createAbbreviator } from './abbreviate';
import { createCommitLookup, type CommitLookup } from './create-commit';
import type { GitOdb, GitRepository, GitTransaction, NodeGit } from './nodegit';
import { createTypeReader, type TypeReader } from './read-object';
import { createRefFiles, type RefFiles } from './ref-files';

export interface OpenRepository {
  readonly repository: GitRepository;
  readonly odb: GitOdb;
  readonly refs: RefFiles;
  readonly lookup: CommitLookup;
  readonly readTypes: TypeReader;
  /** A new one, which may have been made ahead. */
  readonly newTransaction: () => Promise<GitTransaction>;
  /** For a moment when nobody waits. */
  readonly makeAhead: () => Promise<unknown>;
  /** As short as git prints it. */
  readonly abbreviate: (id: Oid) => Promise<string>;
}

const repositories = new Map<string, { readonly inode: number; readonly open: Promise<OpenRepository> }>();

/** A removed repository may come back under the same path: known by its inode. */
export function openRepository(git: NodeGit, gitDirectory: string): Promise<OpenRepository> {
  const { ino: inode } = statSync(gitDirectory);
  const known = repositories.get(gitDirectory);
  if (known?.inode === inode) return known.open;
  const open = openNow(git, gitDirectory);
  repositories.set(gitDirectory, { inode, open });
  open.catch(() => repositories.delete(gitDirectory));
  return open;
}

async function openNow(git: NodeGit, gitDirectory: string): Promise<OpenRepository> {
  const repository = await git.Repository.openBare(gitDirectory);
  const odb = await repository.odb();
  let ahead: Promise<GitTransaction> | null = null;
  return {
    repository,
    odb,
    refs: createRefFiles(gitDirectory),
    lookup: createCommitLookup(git, repository),
    readTypes: createTypeReader(git, odb),
    newTransaction: () => {
      const made = ahead ?? git.Transaction.create(repository);
      ahead = null;
      return made;
    },
    makeAhead: () => (ahead ??= git.Transaction.create(repository)),
    abbreviate: createAbbreviator(gitDirectory),
  };
}
