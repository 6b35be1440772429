/** Looks up every commit and person that the options name. What can not be found is for git to complain about. */
import type { CommitCall } from './commit-call';
import { searchAuthor } from './find-author';
import { lookUpCommit, reuseStored, type ReusedCommit, type StoredCommit } from './lookup-commit';
import { fatal, type End } from './outcome';
import { isCleanupMode } from './parse-options';
import { letGitComplain } from './real-git';

export interface Named {
  readonly kind: 'named';
  /** `--author`, with a pattern looked up; bytes. */
  readonly author: string | null;
  /** The commit that `--amend` replaces. */
  readonly amended: StoredCommit | null;
  /** The commit whose message is used: `-C`, or the amended one. */
  readonly reused: ReusedCommit | null;
  /** The same, unless the author is not to be reused. */
  readonly authorFrom: ReusedCommit | null;
  /** `--fixup`, `--squash`. */
  readonly target: ReusedCommit | null;
}

const nothing: Named = {
  kind: 'named',
  author: null,
  amended: null,
  reused: null,
  authorFrom: null,
  target: null,
};

export async function findNamed(call: CommitCall): Promise<Named | End> {
  const { options, config, head } = call;
  const isUnborn = options.amend && head.commit === null;
  if (isUnborn || !isCleanupMode(options.cleanup ?? config.cleanup)) return complain(call);
  const { author, amend, reuse, reedit, fixup, squash } = options;
  if (!amend && [author, reuse, reedit, fixup, squash].every((name) => name === null)) return nothing;

  const found = author === null || author.includes('>') ? author : await searchAuthor(call, author);
  if (author !== null && found === null) return complain(call);
  const commit = amend ? head.commit : null;
  const amended = commit === null ? null : await call.engine.readCommit(call.agent.repo, commit);
  const reused = await findReused(call, amended);
  if (reused !== null && 'outcome' in reused) return reused;
  const target = await findTarget(call);
  if (target !== null && 'outcome' in target) return target;
  return {
    kind: 'named',
    author: found,
    amended,
    reused,
    authorFrom: options.resetAuthor ? null : reused,
    target,
  };
}

async function findReused(
  call: CommitCall,
  amended: StoredCommit | null,
): Promise<ReusedCommit | End | null> {
  const { options, head } = call;
  const wanted = options.reuse ?? options.reedit;
  if (wanted !== null) return (await lookUpCommit(call, wanted)) ?? complain(call);
  const isReusing = amended !== null && head.commit !== null && options.fixup === null;
  return isReusing ? reuseStored(call, head.commit, amended) : null;
}

async function findTarget(call: CommitCall): Promise<ReusedCommit | End | null> {
  const wanted = call.options.fixup ?? call.options.squash;
  if (wanted === null) return null;
  return (await lookUpCommit(call, wanted)) ?? fatal(`could not lookup commit ${wanted}`);
}

function complain(call: CommitCall): Promise<End> {
  return letGitComplain(call.container, call.invocation);
}
