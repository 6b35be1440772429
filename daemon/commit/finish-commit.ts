/** The last steps: the engine makes the commit, the hooks after it run, and the shim is told what to print and write. */
import { GitisoError } from '../../shared/errors';
import { zeroOid, type Oid } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import type { CommitRequest, CommitResult, Signature } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { editMessageFile, gitdirPath, indexPath } from './commit-call';
import { hookEnvironment, mayHaveHook, runHook, runPostRewrite } from './commit-hooks';
import { formatSummary, reflogLines } from './commit-summary';
import { encodeText, isUtf8Name, repairUtf8 } from './encoding';
import type { Author } from './find-author';
import { end, fatal, outcome, type End } from './outcome';
import { temporaryIndexes, type PreparedIndex } from './prepare-index';
import { askForBlobs, type Staged } from './staged-changes';

export interface ReadyCommit {
  readonly kind: 'ready';
  readonly index: PreparedIndex;
  readonly staged: Staged;
  /** What the summary tells; differs from the staged changes for `--amend`. */
  readonly statistics: string;
  readonly parents: readonly Oid[];
  readonly author: Author;
  readonly committer: Author;
  /** Cleaned up, bytes. */
  readonly message: string;
  /** Content of COMMIT_EDITMSG. */
  readonly editMessage: string;
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
  if (result.kind !== 'committed') return refused(call, result);

  const isClean = checked.wasValid && (ready.author.wasUtf8 || !isUtf8);
  const { head, options } = call;
  const { author, committer } = ready;
  const made = {
    ...{ head, author, committer, message: checked.text, commit: result.commit },
    abbreviated: abbreviate(result, call.config.abbrev),
  };
  const files = changedFiles(call, ready, reflogLines(made, reflogAction(call), ready.message));
  const hasHooksAfter = await runHooksAfter(call, ready, result.commit, files);
  const last = outcome({
    ...(hasHooksAfter ? {} : files),
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
    repo: agent.repo,
    key: invocation.key,
    ref: head.ref,
    old: head.commit ?? zeroOid,
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

function refused(call: CommitCall, result: Exclude<CommitResult, { kind: 'committed' }>): End {
  switch (result.kind) {
    case 'changed':
      return fatal(
        `cannot lock ref 'HEAD': is at ${result.current} but expected ${call.head.commit ?? zeroOid}`,
        "the branch moved in the meantime; look at 'git log' and try again",
      );
    case 'missing': {
      const lines = result.ids.slice(0, 20).map((id) => `error: invalid object ${id}\n`);
      return end(128, `${lines.join('')}fatal: gitiso: the objects of the commit are not complete\n`);
    }
    case 'denied':
      return fatal(
        `gitiso: ${encodeText(result.reason)} (${result.rule})`,
        ...encodeText(result.hint).split('\n'),
      );
  }
}

function changedFiles(
  call: CommitCall,
  ready: ReadyCommit,
  append: Outcome['append'],
): Pick<Outcome, 'append' | 'write' | 'rename' | 'unlink'> {
  const { invocation, config } = call;
  const { next } = ready.index;
  const left = ['MERGE_MSG', 'MERGE_MODE', 'SQUASH_MSG'].filter((name) => invocation.state.includes(name));
  return {
    append: config.isLogging ? append : [],
    write: [editMessageFile(ready.editMessage)],
    rename: next === null ? [] : [{ from: next, to: indexPath(invocation) }],
    unlink: [
      ...left.map(gitdirPath),
      ...(ready.index.file === next ? [] : [temporaryIndexes(invocation.key).partial]),
    ],
  };
}

/** True when the files are in place already, as the hooks expect them. */
async function runHooksAfter(
  call: CommitCall,
  ready: ReadyCommit,
  commit: Oid,
  files: Pick<Outcome, 'append' | 'write' | 'rename' | 'unlink'>,
): Promise<boolean> {
  const { options, invocation, head } = call;
  const isRewrite = options.amend && !options.noPostRewrite && mayHaveHook(call, 'post-rewrite');
  const hasPostCommit = mayHaveHook(call, 'post-commit');
  if (!isRewrite && !hasPostCommit) return false;
  await call.container.files(files);
  const env = hookEnvironment(call, indexPath(invocation), ready.author);
  if (hasPostCommit) await runHook(call, 'post-commit', [], env);
  if (isRewrite) await runPostRewrite(call, `${head.commit ?? zeroOid} ${commit}\n`);
  return true;
}

function reflogAction(call: CommitCall): string {
  const chosen = call.invocation.env['GIT_REFLOG_ACTION'];
  if (chosen !== undefined) return chosen;
  if (call.head.commit === null) return 'commit (initial)';
  return call.options.amend ? 'commit (amend)' : 'commit';
}

function abbreviate(result: Extract<CommitResult, { kind: 'committed' }>, digits: number | null): string {
  return digits === null ? result.abbreviated : result.commit.slice(0, digits);
}

function signature(author: Author): Signature {
  return { ...author.person, ...author.date };
}
