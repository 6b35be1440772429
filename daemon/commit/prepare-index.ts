/**
 * `-a`, `-i` and pathspecs: makes the index that is committed and the one that is the agent's afterwards, both as
 * temporary files beside the real one, which is replaced only when the commit succeeded.
 */
import type { CommitCall } from './commit-call';
import { gitdirPath, indexPath } from './commit-call';
import { end, type End } from './outcome';
import { readPathspecFile } from './pathspec-file';

export interface PreparedIndex {
  readonly kind: 'index';
  /** What is committed; null: the real index as it is. */
  readonly file: string | null;
  /** Replaces the real index after the commit; null: nothing does. */
  readonly next: string | null;
  /** What git said meanwhile (line endings, for example), bytes. */
  readonly warnings: string;
}

const asIs: PreparedIndex = { kind: 'index', file: null, next: null, warnings: '' };

/** The temporary files that a command with this key may have made. */
export function temporaryIndexes(key: string): { readonly next: string; readonly partial: string } {
  return { next: gitdirPath(`next-index-${key}.lock`), partial: gitdirPath(`partial-index-${key}.lock`) };
}

/** What a command that made no commit has to remove. */
export function leftovers(call: Pick<CommitCall, 'options' | 'invocation'>): readonly string[] {
  if (!needsPreparation(call)) return [];
  const { next, partial } = temporaryIndexes(call.invocation.key);
  return [next, partial];
}

export async function prepareIndex(call: CommitCall): Promise<PreparedIndex | End> {
  if (!needsPreparation(call)) return asIs;
  const { options } = call;
  if (options.all) return prepareAll(call);
  const paths = options.pathspecFile === null ? options.paths : await readPathspecFile(call);
  if ('kind' in paths) return paths;
  if (options.include) return prepareIncluded(call, paths);
  return preparePartial(call, paths);
}

function needsPreparation({ options }: Pick<CommitCall, 'options'>): boolean {
  const { all, only, pathspecFile, paths } = options;
  return all || only || pathspecFile !== null || paths.length > 0;
}

async function prepareAll(call: CommitCall): Promise<PreparedIndex | End> {
  const { next } = temporaryIndexes(call.invocation.key);
  const copied = await copyIndex(call, next);
  if (copied !== null) return copied;
  const added = await call.container.git(['add', '-u'], { env: { GIT_INDEX_FILE: next } });
  return finished(added, { file: next, next });
}

/** `-i`: what differs from the work tree below the paths is added; paths that match nothing are no error. */
async function prepareIncluded(call: CommitCall, paths: readonly string[]): Promise<PreparedIndex | End> {
  const { next } = temporaryIndexes(call.invocation.key);
  const copied = await copyIndex(call, next);
  if (copied !== null) return copied;
  const env = { GIT_INDEX_FILE: next };
  const listed = await call.container.git(['diff-files', '--name-only', '-z', '--relative', '--', ...paths], {
    env,
  });
  if (listed.exitCode !== 0) return end(128, listed.stderr.toString('latin1'));
  return finished(await updatePaths(call, next, listed.stdout), { file: next, next });
}

/** `-o`, the default with pathspecs: HEAD and these paths are committed; the index keeps what else is staged. */
async function preparePartial(call: CommitCall, paths: readonly string[]): Promise<PreparedIndex | End> {
  const { next, partial } = temporaryIndexes(call.invocation.key);
  const { container, head } = call;
  const listed = await listPaths(call, paths);
  if (!Buffer.isBuffer(listed)) return listed;
  const copied = await copyIndex(call, next);
  if (copied !== null) return copied;
  const updated = await updatePaths(call, next, listed);
  if (updated.exitCode !== 0) return finished(updated, { file: partial, next });
  const base = head.commit === null ? ['--empty'] : [head.commit];
  const read = await container.git(['read-tree', ...base], { env: { GIT_INDEX_FILE: partial } });
  if (read.exitCode !== 0) return end(128, read.stderr.toString('latin1'));
  return finished(await updatePaths(call, partial, listed), { file: partial, next });
}

/** The tracked paths (in the index or HEAD) that the pathspecs match, ended by NUL. Each pathspec must match one. */
async function listPaths(call: CommitCall, paths: readonly string[]): Promise<Buffer | End> {
  if (paths.length === 0) return Buffer.alloc(0);
  const tree = call.head.commit === null ? [] : [`--with-tree=${call.head.commit}`];
  const listed = await call.container.git(['ls-files', '-z', '--error-unmatch', ...tree, '--', ...paths]);
  if (listed.exitCode === 0) return listed.stdout;
  // `git ls-files` adds a question that `git commit` does not.
  const text = listed.stderr.toString('latin1').replace(/^Did you forget to 'git add'\?\n/m, '');
  return end(listed.exitCode, text);
}

async function updatePaths(call: CommitCall, index: string, paths: Buffer) {
  return call.container.git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
    env: { GIT_INDEX_FILE: index },
    stdin: paths,
  });
}

/**
 * Copies the real index with its time, which git needs to tell racily clean entries. Without a `cp` (or an index)
 * the entries are copied, and git compares the files themselves.
 */
async function copyIndex(call: CommitCall, to: string): Promise<End | null> {
  const { container, invocation } = call;
  const copied = await container.program('cp', ['-p', indexPath(invocation), to]);
  if (copied.exitCode === 0) return null;
  const env = { GIT_INDEX_FILE: to };
  const emptied = await container.git(['read-tree', '--empty'], { env });
  const entries = await container.git(['ls-files', '--stage', '-z', '--full-name', ':/']);
  const filled = await container.git(['update-index', '-z', '--index-info'], { env, stdin: entries.stdout });
  const failed = [emptied, entries, filled].find((result) => result.exitCode !== 0 || result.isTruncated);
  return failed === undefined ? null : end(128, failed.stderr.toString('latin1'));
}

function finished(
  result: { readonly exitCode: number; readonly stderr: Buffer },
  files: Pick<PreparedIndex, 'file' | 'next'>,
): PreparedIndex | End {
  const text = result.stderr.toString('latin1');
  return result.exitCode === 0 ? { kind: 'index', ...files, warnings: text } : end(128, text);
}
