/** Another commit whose author, date or message is used: `-C`, `--amend`, `--fixup`, `--squash`. */
import { isOid, type Oid } from '../../shared/ids';
import type { CommitEngine } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { parseStoredDate, type CommitDate } from './commit-date';
import { decodeText, isUtf8Name } from './encoding';
import type { Person } from './identity';

/** A commit as the repository has it. */
export type StoredCommit = Awaited<ReturnType<CommitEngine['readCommit']>>;

export interface ReusedCommit {
  /** As it was named, for hooks. */
  readonly name: string;
  readonly author: Person;
  readonly date: CommitDate;
  /** In the encoding of the commit to come, bytes. */
  readonly message: string;
}

/** null: it names no commit; git's own words for that are asked for then. */
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
    name,
    author: { name: decodeText(authorName), email: decodeText(email) },
    date: when,
    message: message.join('\0'),
  };
}

/** The commit to amend, from the repository itself when its encoding allows. */
export async function reuseStored(
  call: CommitCall,
  commit: Oid,
  stored: StoredCommit,
): Promise<ReusedCommit | null> {
  const isUtf8 = isUtf8Name(stored.encoding ?? 'UTF-8') && isUtf8Name(call.config.commitEncoding ?? 'UTF-8');
  if (!isUtf8) {
    const found = await lookUpCommit(call, commit);
    return found === null ? null : { ...found, name: 'HEAD' };
  }
  const { name, email, time, offset } = stored.author;
  return { name: 'HEAD', author: { name, email }, date: { time, offset }, message: stored.message };
}
