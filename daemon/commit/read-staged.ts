/** Decides what the commit consists of, and whether there is anything to commit at all. */
import { isUtf8 } from 'node:buffer';
import { assertOid, type Oid } from '../../shared/ids';
import type { CommitCall } from './commit-call';
import type { StoredCommit } from './lookup-commit';
import type { PreparedIndex } from './prepare-index';
import { askForChanges, prefetchedChanges, type Staged } from './staged-changes';

export interface StagedCommit {
  /** Relative to the branch's commit. */
  readonly staged: Staged;
  /** Relative to the parent, which is another for `--amend`: what the summary tells. */
  readonly statistics: string;
  readonly parents: readonly Oid[];
}

/** git knows it without an object (gitglossary: empty tree). */
const emptyTree = assertOid('4b825dc642cb6eb9a060e54bf8d69288fbee4904');

/** null: nothing to commit, conflicts, or changes that can not be carried. */
export async function readStaged(
  call: CommitCall,
  index: PreparedIndex,
  amended: StoredCommit | null,
): Promise<StagedCommit | null> {
  const { commit } = call.head;
  const prefetched = index.file === null ? prefetchedChanges(call) : null;
  const staged = prefetched ?? (await askForChanges(call, commit, index.file));
  if (staged === null || staged.isUnmerged || !staged.changes.every(isCarried)) return null;
  const parents = amended === null ? [commit] : amended.parents;
  const whole = amended === null ? staged : await askForChanges(call, parents[0] ?? emptyTree, index.file);
  const isNothing = whole === null || (whole.changes.length === 0 && !call.options.allowEmpty);
  return isNothing ? null : { staged, statistics: whole.summary, parents };
}

function isCarried({ path }: { readonly path: string }): boolean {
  return /^[\x01-\x7f]*$/.test(path) || isUtf8(Buffer.from(path, 'latin1'));
}
