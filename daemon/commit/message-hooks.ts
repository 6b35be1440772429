/** prepare-commit-msg and commit-msg, which read and write COMMIT_EDITMSG in the container. */
import { editMessageFile, type CommitCall } from './commit-call';
import { hookEnvironment, mayHaveHook, runHook } from './commit-hooks';
import type { Draft } from './compose-message';
import type { Author } from './find-author';
import { end, type End } from './outcome';

/** The message as the hooks leave it, bytes; without such hooks nothing is asked. */
export async function runMessageHooks(
  call: CommitCall,
  draft: Draft,
  indexFile: string,
  author: Author,
): Promise<string | End> {
  const hasPrepare = mayHaveHook(call, 'prepare-commit-msg');
  const hasCheck = !call.options.noVerify && mayHaveHook(call, 'commit-msg');
  if (!hasPrepare && !hasCheck) return draft.text;
  const file = editMessageFile(draft.text);
  const { path } = file;
  const env = hookEnvironment(call, indexFile, author);
  const problem = await call.container.files({ write: [file] });
  if (problem !== null) return end(128, `fatal: could not open '${path}': ${problem}\n`);
  if (hasPrepare && !(await runHook(call, 'prepare-commit-msg', [path, ...draft.hookArguments], env)))
    return end(1, '');
  if (hasCheck && !(await runHook(call, 'commit-msg', [path], env))) return end(1, '');
  const read = await call.container.read(path);
  return read.kind === 'read'
    ? read.text
    : end(128, `fatal: could not read commit message: ${read.reason}\n`);
}
