/** Looks up every commit and person that the options name. */
import type { CommitCall } from './commit-call';
import { searchAuthor } from './find-author';
import { lookUpCommit, reuseStored, type ReusedCommit, type StoredCommit } from './lookup-commit';

export interface Named {
  /** `--author`, with a pattern looked up; bytes. */
  readonly author: string | null;
  /** The commit that `--amend` replaces. */
  readonly amended: StoredCommit | null;
  /** The commit whose message is used: `-C`, or the amended one. */
  readonly reused: ReusedCommit | null;
  /** The same, unless the author is not to be reused. */
  readonly authorFrom: ReusedCommit | null;
}

/** null: one of them can not be found or read here. */
export async function findNamed(call: CommitCall): Promise<Named | null> {
  const { options, head, engine, agent } = call;
  const { amend, reuse, resetAuthor } = options;
  const isPattern = options.author !== null && !options.author.includes('>');
  const author = isPattern ? await searchAuthor(call, options.author) : options.author;
  if (isPattern && author === null) return null;
  const amended = amend ? await engine.readCommit(agent.store, head.commit) : null;
  // git keeps more of a merge than what is read here.
  if (amended !== null && amended.parents.length > 1) return null;
  const isReusing = reuse !== null || amended !== null;
  const reused = reuse !== null ? await lookUpCommit(call, reuse) : amended && reuseStored(call, amended);
  if (isReusing && reused === null) return null;
  return { author, amended, reused, authorFrom: resetAuthor ? null : reused };
}
