/** Gives the command to the real git in the container; what that commits reaches the daemon as a transaction. */
import { editMessageFile, type CommitCall } from './commit-call';
import { outcome, type End } from './outcome';

/** The command as it is. */
export function runAsIs({ invocation }: Pick<CommitCall, 'invocation'>): End {
  return { kind: 'end', outcome: outcome({ exec: [...invocation.globals, ...invocation.argv] }) };
}

/** The same once the file of `-F` was read (null: there is none): it may have been a pipe, so git gets the text anew. */
export function runWithMessage(call: CommitCall, fileText: string | null): End {
  if (fileText === null) return runAsIs(call);
  const { globals, argv } = call.invocation;
  const file = editMessageFile(fileText);
  const optionsEnd = call.optionsEnd + 1;
  // Behind the other options, where it counts.
  const exec = [...globals, ...argv.slice(0, optionsEnd), `--file=${file.path}`, ...argv.slice(optionsEnd)];
  return { kind: 'end', outcome: outcome({ write: [file], exec }) };
}
