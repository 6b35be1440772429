/** The message before the last clean-up: what COMMIT_EDITMSG holds. */
import { skipEmptyLines, stripSpace } from './clean-message';
import type { CommitCall } from './commit-call';
import { encodeText } from './encoding';
import type { Named } from './find-named';
import { formatPerson, type Person } from './identity';
import { fatal, type End } from './outcome';
import { runAsIs, runWithMessage } from './real-git';
import { appendSignOff } from './sign-off';

export interface Draft {
  readonly kind: 'draft';
  /** Bytes. */
  readonly text: string;
  /** What `-F` read, which can not be read again; null: there was no file. */
  readonly fileText: string | null;
}

export async function composeMessage(
  call: CommitCall,
  { reused }: Named,
  committer: Person,
): Promise<Draft | End> {
  const { options, config, cleanup } = call;
  const fileText = options.file === null ? null : await readMessageFile(call, options.file);
  if (fileText !== null && typeof fileText !== 'string') return fileText;
  const reusedText = reused?.message ?? '';
  const source = options.message ?? fileText ?? reusedText.slice(skipEmptyLines(reusedText));
  const stripped = cleanup === 'verbatim' ? source : stripSpace(source, false);
  const signed = options.signoff
    ? appendSignOff(stripped, encodeText(formatPerson(committer)), config.trailers)
    : stripped;
  const text = options.trailers.length === 0 ? signed : await addTrailers(call, signed);
  return text === null ? runWithMessage(call, fileText) : { kind: 'draft', text, fileText };
}

async function readMessageFile(call: CommitCall, file: string): Promise<string | End> {
  const read = await call.container.read(file);
  if (read.kind === 'read') return read.text;
  // Standard input is gone now; anything else git can try itself.
  return file === '-' ? fatal(`could not read log from standard input: ${read.reason}`) : runAsIs(call);
}

/** git hands trailers to `git interpret-trailers` too: they can run commands of the agent's configuration. */
async function addTrailers(call: CommitCall, text: string): Promise<string | null> {
  const args = call.options.trailers.map((trailer) => `--trailer=${trailer}`);
  const stdin = Buffer.from(text, 'latin1');
  const result = await call.container.git(['interpret-trailers', ...args], { stdin });
  return result.exitCode === 0 && !result.isTruncated ? result.stdout.toString('latin1') : null;
}
