/**
 * `git commit` from beginning to end, step by step in git's own order (builtin/commit.c), so that the first thing that
 * is wrong is the one that is told. It decides nothing about permissions: that is the commit engine's.
 */
import type { Outcome } from '../../shared/invocation';
import { cleanupMode, isEmptyMessage, type CleanupMode } from './clean-message';
import { editMessageFile, indexPath, type CommitCall } from './commit-call';
import { hookEnvironment, mayHaveHook, runHook } from './commit-hooks';
import { composeMessage, finishMessage, type Draft } from './compose-message';
import { findAuthor, findCommitter, type Author } from './find-author';
import { findNamed, type Named } from './find-named';
import { finishCommit, type ReadyCommit } from './finish-commit';
import { runMessageHooks } from './message-hooks';
import { end, type End } from './outcome';
import { leftovers, prepareIndex } from './prepare-index';
import { readStaged } from './read-staged';

export async function runCommit(call: CommitCall): Promise<Outcome> {
  const ready = await makeReady(call);
  const ending = ready.kind === 'ready' ? await finishCommit(call, ready) : ready;
  if (ending.kind === 'committed') return ending.outcome;
  // What made no commit leaves no temporary index behind.
  return { ...ending.outcome, unlink: [...ending.outcome.unlink, ...leftovers(call)] };
}

async function makeReady(call: CommitCall): Promise<ReadyCommit | End> {
  const named = await findNamed(call);
  if (named.kind === 'end') return named;
  const index = await prepareIndex(call);
  if (index.kind === 'end') return index;
  const indexFile = index.file ?? indexPath(call.invocation);

  const hasPreCommit = !call.options.noVerify && mayHaveHook(call, 'pre-commit');
  if (hasPreCommit && !(await runHook(call, 'pre-commit', [], hookEnvironment(call, indexFile, null))))
    return end(1, '');

  const mode = cleanupMode(call.options.cleanup ?? call.config.cleanup, call.usesEditor);
  const written = await write(call, named, mode);
  if (written.kind === 'end') return written;
  const staged = await readStaged(call, index, hasPreCommit, named.amended);
  if (staged.kind === 'end') return staged;

  const text = await runMessageHooks(call, written.draft, indexFile, written.author);
  if (typeof text !== 'string') return text;
  const message = finishMessage(call, mode, written.draft, text);
  if (isEmptyMessage(message, mode) && !call.options.allowEmptyMessage) return emptyMessage(text);
  const { author, committer } = written;
  const isDateShown = named.authorFrom !== null || call.options.date !== null;
  return { ...staged, kind: 'ready', index, author, committer, message, editMessage: text, isDateShown };
}

interface Written {
  readonly kind: 'written';
  readonly author: Author;
  readonly committer: Author;
  readonly draft: Draft;
}

async function write(call: CommitCall, named: Named, mode: CleanupMode): Promise<Written | End> {
  const author = await findAuthor(call, named.authorFrom, named.author);
  if (author.kind === 'end') return author;
  const committer = await findCommitter(call);
  if (committer.kind === 'end') return committer;
  const draft = await composeMessage(call, mode, named, committer.person);
  return draft.kind === 'end' ? draft : { kind: 'written', author, committer, draft };
}

function emptyMessage(text: string): End {
  return end(1, 'Aborting commit due to empty commit message.\n', { write: [editMessageFile(text)] });
}
