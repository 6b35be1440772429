/** Another commit whose author, date and message are used: `-C`, `--amend`. */
import { isOid } from '../../shared/ids';
import type { CommitEngine } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { parseStoredDate, type CommitDate } from './commit-date';
import { decodeText, isUtf8Name } from './encoding';
import type { Person } from './identity';

/** A commit as the repository has it. */
export type StoredCommit = Awaited<ReturnType<CommitEngine['readCommit']>>;

export interface ReusedCommit {
  readonly author: Person;
  readonly date: CommitDate;
  /** In the encoding of the commit to come, bytes. */
  readonly message: string;
}

/** null: it names no commit. */
export async function lookUpCommit(call: CommitCall, name: string): Promise<ReusedCommit | null> {
  if (name.startsWith('-')) return null;
  const resolved = await call.container.git(['rev-parse', '--verify', '-q', name]);
  const id = resolved.stdout.toString('latin1').trim();
  if (resolved.exitCode !== 0 || !isOid(id)) return null;
  const shown = await call.container.git([
    ...['log', '--no-walk', '--max-count=1', '--no-show-signature', '--no-color', '--date=raw'],
    `--encoding=${call.config.commitEncoding ?? 'UTF-8'}`,
    '--format=format:%an%x00%ae%x00%ad%x00%B',
    id,
  ]);
  const [authorName, email, date, ...message] = shown.stdout.toString('latin1').split('\0');
  const when = parseStoredDate(date ?? '');
  if (shown.exitCode !== 0 || authorName === undefined || email === undefined || when === null) return null;
  return {
    author: { name: decodeText(authorName), email: decodeText(email) },
    date: when,
    message: message.join('\0'),
  };
}

/** The commit to amend; null: it would have to be re-encoded. */
export function reuseStored({ config }: CommitCall, stored: StoredCommit): ReusedCommit | null {
  const isUtf8 = isUtf8Name(stored.encoding ?? 'UTF-8') && isUtf8Name(config.commitEncoding ?? 'UTF-8');
  if (!isUtf8) return null;
  const { name, email, time, offset } = stored.author;
  return { author: { name, email }, date: { time, offset }, message: stored.message };
}
