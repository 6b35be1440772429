/**
 * `git commit` from beginning to end (builtin/commit.c). Whatever goes wrong on the way is for git to tell: the command is
 * handed to it as it is. What is allowed is not decided here: that is the commit engine's.
 */
import type { Outcome } from '../../shared/invocation';
import { cleanMessage, isEmptyMessage } from './clean-message';
import { editMessageFile, type CommitCall } from './commit-call';
import { composeMessage } from './compose-message';
import { findAuthor, findCommitter } from './find-author';
import { findNamed } from './find-named';
import { finishCommit, type ReadyCommit } from './finish-commit';
import { end, type End } from './outcome';
import { leftovers, prepareIndex } from './prepare-index';
import { readStaged } from './read-staged';
import { runAsIs } from './real-git';

export async function runCommit(call: CommitCall): Promise<Outcome> {
  const ready = await makeReady(call);
  const ending = ready.kind === 'ready' ? await finishCommit(call, ready) : ready;
  if (ending.kind === 'committed') return ending.outcome;
  // What made no commit leaves no temporary index behind.
  return { ...ending.outcome, unlink: leftovers(call) };
}

async function makeReady(call: CommitCall): Promise<ReadyCommit | End> {
  const named = await findNamed(call);
  if (named === null) return runAsIs(call);
  const index = await prepareIndex(call);
  const staged = index && (await readStaged(call, index, named.amended));
  if (index === null || staged === null) return runAsIs(call);
  const author = await findAuthor(call, named);
  const committer = await findCommitter(call);
  if (author === null || committer === null) return runAsIs(call);

  // Last, because a file of -F may be a pipe that can be read once.
  const draft = await composeMessage(call, named, committer.person);
  if (draft.kind === 'end') return draft;
  const message = cleanMessage(draft.text, call.cleanup);
  if (isEmptyMessage(message, call.cleanup) && !call.options.allowEmptyMessage)
    return emptyMessage(draft.text);
  const isDateShown = named.authorFrom !== null || call.options.date !== null;
  return { ...staged, kind: 'ready', index, author, committer, message, draft, isDateShown };
}

function emptyMessage(text: string): End {
  return end(1, 'Aborting commit due to empty commit message.\n', { write: [editMessageFile(text)] });
}
