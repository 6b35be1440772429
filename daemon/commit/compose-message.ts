/** The message as it stands before hooks and the last clean-up: what COMMIT_EDITMSG holds when an editor would open. */
import { cleanMessage, commentCharacter, skipEmptyLines, stripSpace, subjectOf } from './clean-message';
import type { CleanupMode } from './clean-message';
import type { CommitCall } from './commit-call';
import { gitdirPath } from './commit-call';
import { encodeText } from './encoding';
import { formatPerson, type Person } from './identity';
import type { Named } from './find-named';
import type { ReusedCommit } from './lookup-commit';
import { end, fatal, type End } from './outcome';
import { shownPath } from './pathspec-file';
import { appendSignOff } from './sign-off';

export interface Draft {
  readonly kind: 'draft';
  /** Bytes. */
  readonly text: string;
  readonly comment: string;
  /** Arguments of the prepare-commit-msg hook after the file. */
  readonly hookArguments: readonly string[];
}

interface Source {
  readonly kind: 'source';
  readonly text: string;
  readonly hookArguments: readonly string[];
}

export async function composeMessage(
  call: CommitCall,
  mode: CleanupMode,
  named: Pick<Named, 'reused' | 'target'>,
  committer: Person,
): Promise<Draft | End> {
  const source = await readSource(call, named.reused, named.target);
  if (source.kind === 'end') return source;
  const { options, config } = call;
  const configured = config.commentChar;
  // While `auto` is undecided git goes by its default.
  const early = configured === 'auto' ? '#' : (configured ?? '#');
  let text = mode === 'verbatim' ? source.text : stripSpace(source.text, null);
  if (options.signoff)
    text = appendSignOff(text, encodeText(formatPerson(committer)), early, config.trailers);
  const comment = commentCharacter(configured, text);
  if (comment === null)
    return fatal('unable to select a comment character that is not used\nin the current commit message');
  if (options.trailers.length > 0) {
    const added = await addTrailers(call, text);
    if (typeof added !== 'string') return added;
    text = added;
  }
  return { kind: 'draft', text, comment, hookArguments: source.hookArguments };
}

/** The last clean-up with what the draft decided. */
export function finishMessage(call: CommitCall, mode: CleanupMode, draft: Draft, text: string): string {
  return cleanMessage(text, mode, draft.comment, (call.options.verbose ?? call.config.verbose) > 0);
}

async function readSource(
  call: CommitCall,
  reused: ReusedCommit | null,
  target: ReusedCommit | null,
): Promise<Source | End> {
  const { options } = call;
  const own = await readOwnSource(call, reused, target);
  if (own.kind === 'end' || options.squash === null) return own;
  const isSame = options.reuse !== null && options.reuse === options.squash;
  const prefix = isSame ? 'squash! ' : `squash! ${subjectOf(target?.message ?? '')}\n\n`;
  return { kind: 'source', text: prefix + own.text, hookArguments: ['message', ''] };
}

async function readOwnSource(
  call: CommitCall,
  reused: ReusedCommit | null,
  target: ReusedCommit | null,
): Promise<Source | End> {
  const { options, invocation } = call;
  if (options.message !== null && options.fixup === null) return source(options.message, 'message');
  if (options.file !== null) return readMessageFile(call, options.file);
  if (options.reuse !== null || options.reedit !== null || (options.amend && options.fixup === null)) {
    const message = reused?.message ?? '';
    return source(message.slice(skipEmptyLines(message)), 'commit', reused?.name ?? 'HEAD');
  }
  if (options.fixup !== null) {
    const subject = `fixup! ${subjectOf(target?.message ?? '')}\n\n`;
    return source(subject + (options.message ?? ''), 'message');
  }
  const prepared = ['SQUASH_MSG', 'MERGE_MSG'].filter((name) => invocation.state.includes(name));
  return prepared.length > 0 ? readPrepared(call, prepared) : { kind: 'source', text: '', hookArguments: [] };
}

async function readMessageFile(call: CommitCall, file: string): Promise<Source | End> {
  const isInput = file === '-';
  if (isInput && call.invocation.tty[0] === true)
    await call.container.print(2, '(reading log message from standard input)\n');
  const read = await call.container.read(file);
  if (read.kind === 'read') return source(read.text, 'message');
  return isInput
    ? fatal(`could not read log from standard input: ${read.reason}`)
    : fatal(`could not read log file '${shownPath(call.invocation.prefix, file)}': ${read.reason}`);
}

async function readPrepared(call: CommitCall, names: readonly string[]): Promise<Source | End> {
  const texts: string[] = [];
  for (const name of names) {
    const read = await call.container.read(gitdirPath(name));
    if (read.kind === 'failed') return fatal(`could not read ${name}: ${read.reason}`);
    texts.push(read.text);
  }
  return source(texts.join(''), names.includes('SQUASH_MSG') ? 'squash' : 'merge');
}

/** git hands trailers to `git interpret-trailers` too: they can run commands of the agent's configuration. */
async function addTrailers(call: CommitCall, text: string): Promise<string | End> {
  const args = call.options.trailers.map((trailer) => `--trailer=${trailer}`);
  const result = await call.container.git(['interpret-trailers', ...args], {
    stdin: Buffer.from(text, 'latin1'),
  });
  if (result.exitCode === 0 && !result.isTruncated) return result.stdout.toString('latin1');
  return end(128, `${result.stderr.toString('latin1')}fatal: unable to pass trailers to --trailers\n`);
}

function source(text: string, ...hookArguments: readonly string[]): Source {
  return { kind: 'source', text, hookArguments };
}
