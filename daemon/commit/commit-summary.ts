/** What `git commit` prints and logs about a commit it made (sequencer.c: print_commit_summary; refs.c: reflogs). */
import type { Oid } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import { isBlankCharacter, trimEnd } from './blank';
import { subjectOf } from './clean-message';
import type { CommitCall, Head } from './commit-call';
import { gitdirPath } from './commit-call';
import { formatDate, formatRawDate } from './commit-date';
import { encodeText } from './encoding';
import type { Author } from './find-author';
import { formatPerson } from './identity';

export interface MadeCommit {
  readonly head: Head;
  readonly commit: Oid;
  /** The id as it is printed. */
  readonly abbreviated: string;
  readonly author: Author;
  readonly committer: Author;
  /** Bytes. */
  readonly message: string;
}

/** Fits into the protocol's largest text. */
const lineLimit = 1_000_000;

/** `statistics` is the part that git in the container printed. */
export function formatSummary(made: MadeCommit, isDateShown: boolean, statistics: string): string {
  const author = formatPerson(made.author.person);
  const isOther = author !== formatPerson(made.committer.person);
  return [
    `[${made.head.ref.slice('refs/heads/'.length)} ${made.abbreviated}] ${subjectOf(made.message)}\n`,
    isOther ? ` Author: ${encodeText(author)}\n` : '',
    isDateShown ? ` Date: ${formatDate(made.author.date)}\n` : '',
    statistics,
  ].join('');
}

/**
 * Lines for the reflogs of HEAD and of the branch; `action` is `commit`, `commit (amend)` … and `message` is not
 * repaired yet, as git has it there.
 */
export function reflogLines(made: MadeCommit, action: string, message: string): Outcome['append'] {
  const old = made.head.commit;
  const who = reflogIdentity(made.committer);
  const firstLine = (message.split('\n', 1)[0] ?? '').slice(0, lineLimit);
  const text = `${old} ${made.commit} ${who}\t${collapseBlanks(`${action}: ${firstLine}`)}\n`;
  const ofHead = { path: gitdirPath('logs/HEAD'), text };
  // An amended commit may come out as the same one: then git logs no change of the branch.
  return old === made.commit ? [ofHead] : [ofHead, { path: gitdirPath(`logs/${made.head.ref}`), text }];
}

/** Who moved a ref, and when, as bytes. */
export function reflogIdentity({ person, date }: Pick<Author, 'person' | 'date'>): string {
  return `${encodeText(formatPerson(person))} ${formatRawDate(date)}`;
}

export function reflogAction({ invocation, options }: Pick<CommitCall, 'invocation' | 'options'>): string {
  return invocation.env['GIT_REFLOG_ACTION'] ?? (options.amend ? 'commit (amend)' : 'commit');
}

function collapseBlanks(text: string): string {
  const parts: string[] = [];
  let wasBlank = true;
  for (const character of text) {
    const isBlank = isBlankCharacter(character);
    if (!isBlank || !wasBlank) parts.push(isBlank ? ' ' : character);
    wasBlank = isBlank;
  }
  return trimEnd(parts.join(''));
}
