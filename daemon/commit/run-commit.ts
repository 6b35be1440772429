/**
 * `git commit` from beginning to end, step by step in git's own order (builtin/commit.c), so that the first thing that
 * is wrong is the one that is told. It decides nothing about permissions: that is the commit engine's.
 */
import type { Oid } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import { isCleanupMode } from './parse-options';
import { cleanupMode, isEmptyMessage } from './clean-message';
import type { CommitCall } from './commit-call';
import { gitdirPath, indexPath } from './commit-call';
import { hookEnvironment, mayHaveHook, runHook } from './commit-hooks';
import { composeMessage, finishMessage, type Draft } from './compose-message';
import { findAuthor, findCommitter, searchAuthor, type Author } from './find-author';
import { finishCommit } from './finish-commit';
import { lookUpCommit, reuseStored, type ReusedCommit, type StoredCommit } from './lookup-commit';
import { end, fatal, type End } from './outcome';
import { leftovers, prepareIndex, type PreparedIndex } from './prepare-index';
import { letGitComplain, runAsIs, showStatus } from './real-git';
import { askForChanges, prefetchedChanges, type Staged } from './staged-changes';

const emptyAmendAdvice = [
  'You asked to amend the most recent commit, but doing so would make',
  'it empty. You can repeat your command with --allow-empty, or you can',
  'remove the commit entirely with "git reset HEAD^".',
  '',
].join('\n');

/** `optionsEnd` as the option parser told it. */
export async function runCommit(call: CommitCall, optionsEnd: number): Promise<Outcome> {
  const named = await findNamed(call);
  if (named.kind === 'end') return named.outcome;
  const index = await prepareIndex(call);
  if (index.kind === 'end') return withoutLeftovers(call, index);
  const indexFile = index.file ?? indexPath(call.invocation);

  const isVerified = !call.options.noVerify;
  const hasPreCommit = isVerified && mayHaveHook(call, 'pre-commit');
  if (hasPreCommit && !(await runHook(call, 'pre-commit', [], hookEnvironment(call, indexFile, null))))
    return withoutLeftovers(call, end(1, ''));

  const author = await findAuthor(call, named.authorFrom, named.author);
  if (author.kind === 'end') return withoutLeftovers(call, author);
  const committer = await findCommitter(call);
  if (committer.kind === 'end') return withoutLeftovers(call, committer);
  const mode = cleanupMode(call.options.cleanup ?? call.config.cleanup, call.usesEditor);
  const draft = await composeMessage(call, mode, named.reused, named.target, committer.person);
  if (draft.kind === 'end') return withoutLeftovers(call, draft);

  const staged = await readStaged(call, index, hasPreCommit, named.amended);
  if (staged.kind === 'end') return withoutLeftovers(call, staged);
  if (staged.changes.isUnmerged) return withoutLeftovers(call, runAsIs(call.invocation));
  const isMerge = (named.amended?.parents.length ?? 0) > 1;
  if (staged.isEmpty && !call.options.allowEmpty && !isMerge) {
    const stderr = index.warnings + (call.options.amend ? emptyAmendAdvice : '');
    return withoutLeftovers(call, showStatus(call.invocation, optionsEnd, stderr));
  }

  const text = await runMessageHooks(call, draft, indexFile, author);
  if (typeof text !== 'string') return withoutLeftovers(call, text);
  const message = finishMessage(call, mode, draft, text);
  if (isEmptyMessage(message, mode) && !call.options.allowEmptyMessage) {
    const write = [{ path: gitdirPath('COMMIT_EDITMSG'), text }];
    return withoutLeftovers(call, end(1, 'Aborting commit due to empty commit message.\n', { write }));
  }
  return finishCommit(call, {
    ...{ index, author, committer, message, draft: text, parents: staged.parents },
    staged: staged.changes,
    statistics: staged.statistics,
    isDateShown: named.authorFrom !== null || call.options.date !== null,
  });
}

interface Named {
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

/** Looks up every commit and person the options name. What can not be found is for git to complain about. */
async function findNamed(call: CommitCall): Promise<Named | End> {
  const { options, config, container, invocation, head, agent } = call;
  const complain = (): Promise<End> => letGitComplain(container, invocation);
  if (!isCleanupMode(options.cleanup ?? config.cleanup)) return complain();
  if (options.amend && head.commit === null) return complain();

  const isPattern = options.author !== null && !options.author.includes('>');
  const author = isPattern ? await searchAuthor(call, options.author ?? '') : options.author;
  if (isPattern && author === null) return complain();

  const commit = options.amend ? head.commit : null;
  const amended = commit === null ? null : await call.engine.readCommit(agent.repo, commit);
  const wanted = options.reuse ?? options.reedit;
  let reused = wanted === null ? null : await lookUpCommit(call, wanted);
  if (wanted !== null && reused === null) return complain();
  if (wanted === null && commit !== null && amended !== null && options.fixup === null)
    reused = await reuseStored(call, commit, amended);

  const named = options.fixup ?? options.squash;
  const target = named === null ? null : await lookUpCommit(call, named);
  if (named !== null && target === null) return fatal(`could not lookup commit ${named}`);
  return { kind: 'named', author, amended, reused, authorFrom: options.resetAuthor ? null : reused, target };
}

interface StagedCommit {
  readonly kind: 'read';
  readonly changes: Staged;
  readonly statistics: string;
  readonly parents: readonly Oid[];
  /** The commit would have its parent's tree. */
  readonly isEmpty: boolean;
}

async function readStaged(
  call: CommitCall,
  index: PreparedIndex,
  isIndexStale: boolean,
  amended: StoredCommit | null,
): Promise<StagedCommit | End> {
  const { commit } = call.head;
  const prefetched = index.file === null && !isIndexStale ? prefetchedChanges(call) : null;
  const changes = prefetched ?? (await askForChanges(call, commit, index.file));
  if (changes.kind === 'end') return changes;
  if (amended === null) {
    const parents = commit === null ? [] : [commit];
    return {
      kind: 'read',
      changes,
      statistics: changes.summary,
      parents,
      isEmpty: changes.changes.length === 0,
    };
  }
  const { parents } = amended;
  const toParent = await askForChanges(call, parents[0] ?? null, index.file);
  if (toParent.kind === 'end') return toParent;
  const statistics = parents.length > 1 ? '' : toParent.summary;
  return { kind: 'read', changes, statistics, parents, isEmpty: toParent.changes.length === 0 };
}

/** The message after prepare-commit-msg and commit-msg, which read and write COMMIT_EDITMSG. */
async function runMessageHooks(
  call: CommitCall,
  draft: Draft,
  indexFile: string,
  author: Author,
): Promise<string | End> {
  const hasPrepare = mayHaveHook(call, 'prepare-commit-msg');
  const hasCheck = !call.options.noVerify && mayHaveHook(call, 'commit-msg');
  if (!hasPrepare && !hasCheck) return draft.text;
  const path = gitdirPath('COMMIT_EDITMSG');
  const env = hookEnvironment(call, indexFile, author);
  const problem = await call.container.files({ write: [{ path, text: draft.text }] });
  if (problem !== null) return end(128, `fatal: could not open '${path}': ${problem}\n`);
  if (hasPrepare && !(await runHook(call, 'prepare-commit-msg', [path, ...draft.hookArguments], env)))
    return end(1, '');
  if (hasCheck && !(await runHook(call, 'commit-msg', [path], env))) return end(1, '');
  const read = await call.container.read(path);
  return read.kind === 'read'
    ? read.text
    : end(128, `fatal: could not read commit message: ${read.reason}\n`);
}

/** An ending that made no commit leaves no temporary index behind. */
function withoutLeftovers(call: CommitCall, ending: End): Outcome {
  return { ...ending.outcome, unlink: [...ending.outcome.unlink, ...leftovers(call)] };
}
