/** The last steps: the engine makes the commit, and the shim is told what to print and write. */
import { GitisoError } from '../../shared/errors';
import type { Outcome } from '../../shared/invocation';
import type { CommitRequest, CommitResult, Signature } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { editMessageFile, indexPath } from './commit-call';
import { formatSummary, reflogAction, reflogLines } from './commit-summary';
import type { Draft } from './compose-message';
import { encodeText, isUtf8Name, repairUtf8 } from './encoding';
import { foreignSettings, type Author } from './find-author';
import { formatPerson } from './identity';
import { fatal, outcome, type End } from './outcome';
import { temporaryIndexes, type PreparedIndex } from './prepare-index';
import type { StagedCommit } from './read-staged';
import { runWithMessage } from './real-git';
import { askForBlobs } from './staged-changes';

export interface ReadyCommit extends StagedCommit {
  readonly kind: 'ready';
  readonly index: PreparedIndex;
  readonly author: Author;
  readonly committer: Author;
  /** Cleaned up, bytes. */
  readonly message: string;
  readonly draft: Draft;
  readonly isDateShown: boolean;
}

interface Committed {
  readonly kind: 'committed';
  readonly outcome: Outcome;
}

const encodingWarning = [
  'Warning: commit message did not conform to UTF-8.',
  'You may want to amend it after fixing the message, or set the config',
  'variable i18n.commitEncoding to the encoding your project uses.',
  '',
].join('\n');

export async function finishCommit(call: CommitCall, ready: ReadyCommit): Promise<Committed | End> {
  const { commitEncoding } = call.config;
  const isUtf8 = commitEncoding === null || isUtf8Name(commitEncoding);
  const checked = isUtf8 ? repairUtf8(ready.message) : { text: ready.message, wasValid: true };
  const result = await commitWithBlobs(call, ready, checked.text, isUtf8 ? null : commitEncoding);
  if (result.kind !== 'committed') return refused(call, ready, result);

  const isClean = checked.wasValid && (ready.author.wasUtf8 || !isUtf8);
  const { head, options } = call;
  const { author, committer } = ready;
  const made = {
    ...{ head, author, committer, message: checked.text, commit: result.commit },
    abbreviated: abbreviate(result, call.config.abbrev),
  };
  const files = changedFiles(call, ready, reflogLines(made, reflogAction(call), ready.message));
  const last = outcome({
    ...files,
    stdout: options.quiet ? '' : formatSummary(made, ready.isDateShown, ready.statistics),
    stderr: ready.index.warnings + (isClean ? '' : encodingWarning),
    forgetObjects: ready.staged.isPrefetched,
  });
  return { kind: 'committed', outcome: last };
}

async function commitWithBlobs(
  call: CommitCall,
  ready: ReadyCommit,
  message: string,
  encoding: string | null,
): Promise<CommitResult> {
  const { agent, invocation, engine, head } = call;
  // From here on the commit happens, whatever the agent wishes.
  if (call.signal.aborted) throw new GitisoError('request-cancelled', 'the commit was cancelled');
  const request: CommitRequest = {
    agent: agent.id,
    repo: agent.store,
    key: invocation.key,
    ref: head.ref,
    old: head.commit,
    parents: ready.parents,
    base: head.commit,
    changes: ready.staged.changes,
    blobs: ready.staged.blobs,
    author: signature(ready.author),
    committer: signature(ready.committer),
    message,
    encoding,
    argv: invocation.argv,
  };
  const result = await engine.commit(request);
  if (result.kind !== 'missing') return result;
  const asked = await askForBlobs(call, result.ids);
  return engine.commit({ ...request, blobs: [...request.blobs, ...asked] });
}

function refused(
  call: CommitCall,
  { draft: { fileText } }: ReadyCommit,
  result: Exclude<CommitResult, { kind: 'committed' }>,
): End {
  switch (result.kind) {
    case 'changed':
      return fatal(
        `cannot lock ref 'HEAD': is at ${result.current} but expected ${call.head.commit}`,
        "the branch moved in the meantime; look at 'git log' and try again",
      );
    case 'missing':
      // Nobody has them, which git tells, or they are too large for this way.
      return runWithMessage(call, fileText);
    case 'denied': {
      const hints = encodeText(result.hint).split('\n');
      if (result.rule === 'identity-committer') hints.push(committerHint(call));
      return fatal(`gitiso: ${encodeText(result.reason)} (${result.rule})`, ...hints);
    }
  }
}

function committerHint(call: CommitCall): string {
  const own = encodeText(formatPerson(call.agent.committer));
  return `the agent is ${own}; correct or unset ${foreignSettings(call).join(' and ')}`;
}

function changedFiles(
  { invocation }: CommitCall,
  { index, draft }: ReadyCommit,
  append: Outcome['append'],
): Pick<Outcome, 'append' | 'write' | 'rename' | 'unlink'> {
  const { file, next } = index;
  return {
    append,
    write: [editMessageFile(draft.text)],
    rename: next === null ? [] : [{ from: next, to: indexPath(invocation) }],
    unlink: file === next ? [] : [temporaryIndexes(invocation.key).partial],
  };
}

function abbreviate(result: Extract<CommitResult, { kind: 'committed' }>, digits: number | null): string {
  return digits === null ? result.abbreviated : result.commit.slice(0, digits);
}

function signature(author: Author): Signature {
  return { ...author.person, ...author.date };
}
