/** Decides what the commit consists of, and whether there is anything to commit at all. */
import type { Oid } from '../../shared/ids';
import type { CommitCall } from './commit-call';
import type { StoredCommit } from './lookup-commit';
import type { End } from './outcome';
import type { PreparedIndex } from './prepare-index';
import { runAsIs, showStatus } from './real-git';
import { askForChanges, prefetchedChanges, type Staged } from './staged-changes';

export interface StagedCommit {
  readonly kind: 'read';
  /** Relative to the branch's commit. */
  readonly staged: Staged;
  /** Relative to the parent, which is another for `--amend`: what the summary tells. */
  readonly statistics: string;
  readonly parents: readonly Oid[];
}

const emptyAmendAdvice = [
  'You asked to amend the most recent commit, but doing so would make',
  'it empty. You can repeat your command with --allow-empty, or you can',
  'remove the commit entirely with "git reset HEAD^".',
  '',
].join('\n');

/** `isIndexStale`: a hook may have changed the index since the shim read it. */
export async function readStaged(
  call: CommitCall,
  index: PreparedIndex,
  isIndexStale: boolean,
  amended: StoredCommit | null,
): Promise<StagedCommit | End> {
  const { commit } = call.head;
  const prefetched = index.file === null && !isIndexStale ? prefetchedChanges(call) : null;
  const staged = prefetched ?? (await askForChanges(call, commit, index.file));
  if (staged.kind === 'end') return staged;
  if (staged.isUnmerged) return runAsIs(call.invocation);
  if (amended !== null) return readAmended(call, index, staged, amended);
  if (staged.changes.length === 0 && !call.options.allowEmpty) return showStatus(call, index.warnings);
  const parents = commit === null ? [] : [commit];
  return { kind: 'read', staged, statistics: staged.summary, parents };
}

async function readAmended(
  call: CommitCall,
  index: PreparedIndex,
  staged: Staged,
  { parents }: StoredCommit,
): Promise<StagedCommit | End> {
  const toParent = await askForChanges(call, parents[0] ?? null, index.file);
  if (toParent.kind === 'end') return toParent;
  const isMerge = parents.length > 1;
  if (toParent.changes.length === 0 && !call.options.allowEmpty && !isMerge)
    return showStatus(call, index.warnings + emptyAmendAdvice);
  // git tells nothing about the changes of a merge.
  return { kind: 'read', staged, statistics: isMerge ? '' : toParent.summary, parents };
}
