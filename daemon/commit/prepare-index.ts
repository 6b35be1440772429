/**
 * `-a`, `-i` and pathspecs: makes the index that is committed and the one that is the agent's afterwards, both as
 * temporary files beside the real one, which is replaced only when the commit succeeded.
 */
import type { CommitCall } from './commit-call';
import { gitdirPath, indexPath } from './commit-call';
import type { RunResult } from './container';

export interface PreparedIndex {
  /** What is committed; null: the real index as it is. */
  readonly file: string | null;
  /** Replaces the real index after the commit; null: nothing does. */
  readonly next: string | null;
  /** What git said meanwhile (line endings, for example), bytes. */
  readonly warnings: string;
}

const asIs: PreparedIndex = { file: null, next: null, warnings: '' };

/** The temporary files that a command with this key may have made. */
export function temporaryIndexes(key: string): { readonly next: string; readonly partial: string } {
  return { next: gitdirPath(`next-index-${key}.lock`), partial: gitdirPath(`partial-index-${key}.lock`) };
}

/** What a command that made no commit has to remove. */
export function leftovers({ options, invocation }: Pick<CommitCall, 'options' | 'invocation'>): string[] {
  const { all, only, paths } = options;
  if (!all && !only && paths.length === 0) return [];
  const { next, partial } = temporaryIndexes(invocation.key);
  return [next, partial];
}

/** null: git refuses something of it, and says so itself. */
export async function prepareIndex(call: CommitCall): Promise<PreparedIndex | null> {
  const { all, include, only, paths } = call.options;
  if (all) return prepareAll(call);
  if (!only && paths.length === 0) return asIs;
  return include ? prepareIncluded(call, paths) : preparePartial(call, paths);
}

async function prepareAll(call: CommitCall): Promise<PreparedIndex | null> {
  const { next } = temporaryIndexes(call.invocation.key);
  if (!(await copyIndex(call, next))) return null;
  const added = await call.container.git(['add', '-u'], { env: { GIT_INDEX_FILE: next } });
  return finished(added, { file: next, next });
}

/** `-i`: what differs from the work tree below the paths is added; paths that match nothing are no error. */
async function prepareIncluded(call: CommitCall, paths: readonly string[]): Promise<PreparedIndex | null> {
  const { next } = temporaryIndexes(call.invocation.key);
  if (!(await copyIndex(call, next))) return null;
  const env = { GIT_INDEX_FILE: next };
  const listed = await call.container.git(['diff-files', '--name-only', '-z', '--relative', '--', ...paths], {
    env,
  });
  if (listed.exitCode !== 0 || listed.isTruncated) return null;
  return finished(await updatePaths(call, next, listed.stdout), { file: next, next });
}

/** `-o`, the default with pathspecs: HEAD and these paths are committed; the index keeps what else is staged. */
async function preparePartial(call: CommitCall, paths: readonly string[]): Promise<PreparedIndex | null> {
  const { next, partial } = temporaryIndexes(call.invocation.key);
  const { container, head } = call;
  const listed = await listPaths(call, paths);
  if (listed === null || !(await copyIndex(call, next))) return null;
  const updated = await updatePaths(call, next, listed);
  if (updated.exitCode !== 0) return null;
  const read = await container.git(['read-tree', head.commit], { env: { GIT_INDEX_FILE: partial } });
  if (read.exitCode !== 0) return null;
  return finished(await updatePaths(call, partial, listed), { file: partial, next });
}

/** The tracked paths (in the index or HEAD) that the pathspecs match, ended by NUL; null: one matches none. */
async function listPaths(call: CommitCall, paths: readonly string[]): Promise<Buffer | null> {
  if (paths.length === 0) return Buffer.alloc(0);
  const tree = `--with-tree=${call.head.commit}`;
  const listed = await call.container.git(['ls-files', '-z', '--error-unmatch', tree, '--', ...paths]);
  return listed.exitCode === 0 && !listed.isTruncated ? listed.stdout : null;
}

async function updatePaths(call: CommitCall, index: string, paths: Buffer) {
  return call.container.git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
    env: { GIT_INDEX_FILE: index },
    stdin: paths,
  });
}

/** Copies the real index with its time, which git needs to tell racily clean entries. False: there is no `cp`, or no index. */
async function copyIndex({ container, invocation }: CommitCall, to: string): Promise<boolean> {
  const copied = await container.program('cp', ['-p', indexPath(invocation), to]);
  return copied.exitCode === 0;
}

function finished(
  { exitCode, stderr }: RunResult,
  files: Pick<PreparedIndex, 'file' | 'next'>,
): PreparedIndex | null {
  return exitCode === 0 ? { ...files, warnings: stderr.toString('latin1') } : null;
}
