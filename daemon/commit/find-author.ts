/** Author and committer of a commit, from the same places and in the same order as git (builtin/commit.c: determine_author_info). */
import type { Invocation } from '../../shared/invocation';
import type { CommitCall } from './commit-call';
import { parseRawDate, parseStoredDate, type CommitDate } from './commit-date';
import { decodeText, encodeText, repairUtf8 } from './encoding';
import { formPerson, splitPerson, type Person } from './identity';
import type { ReusedCommit } from './lookup-commit';
import { fatal, type End } from './outcome';

export interface Author {
  readonly kind: 'author';
  readonly person: Person;
  readonly date: CommitDate;
  /** False: the name was repaired, which git warns about. */
  readonly wasUtf8: boolean;
}

/** `named` is the value of `--author`, already looked up if it was a pattern; bytes. */
export async function findAuthor(
  call: CommitCall,
  reused: ReusedCommit | null,
  named: string | null,
): Promise<Author | End> {
  const forced = named === null ? null : splitPerson(decodeText(named));
  if (named !== null && forced === null) return fatal('malformed --author parameter');
  const given = forced ?? reused?.author ?? null;
  const configured = configuredAuthor(call);
  const formed = given === null ? configured.formed : formPerson(given.name, given.email);
  const date = await findAuthorDate(call, reused);
  if ('kind' in date) return date;
  if (formed.kind === 'refused') return fatal(encodeText(formed.reason));
  const wasUtf8 = named !== null ? repairUtf8(named).wasValid : given !== null || configured.wasUtf8;
  return { kind: 'author', person: formed.person, date, wasUtf8 };
}

/** The agent's own name by the host's clock; what the agent wishes only where the policy is open to it. */
export async function findCommitter(call: CommitCall): Promise<Author | End> {
  const { agent, invocation, config, now } = call;
  if (!call.isCommitterFree) return { kind: 'author', person: agent.committer, date: now, wasUtf8: true };
  const name = chosen(invocation, 'GIT_COMMITTER_NAME', config.committerName ?? config.userName);
  const email = chosen(invocation, 'GIT_COMMITTER_EMAIL', config.committerEmail ?? config.userEmail);
  const formed = formPerson(decoded(name, agent.committer.name), decoded(email, agent.committer.email));
  if (formed.kind === 'refused') return fatal(encodeText(formed.reason));
  const wanted = invocation.env['GIT_COMMITTER_DATE'] ?? '';
  const date = wanted === '' ? now : await resolveDate(call, wanted, false);
  if ('kind' in date) return date;
  return { kind: 'author', person: formed.person, date, wasUtf8: isUtf8(name) && isUtf8(email) };
}

/** `--author=<pattern>`: the newest commit whose author matches names him. null: none does. */
export async function searchAuthor(
  call: Pick<CommitCall, 'container'>,
  pattern: string,
): Promise<string | null> {
  const found = await call.container.git([
    ...['log', '--max-count=1', '--all', '-i', `--author=${pattern}`, '--use-mailmap'],
    ...['--no-show-signature', '--no-color', '--format=%aN <%aE>'],
  ]);
  const line = found.stdout.toString('latin1').split('\n')[0] ?? '';
  return found.exitCode === 0 && line !== '' ? line : null;
}

async function findAuthorDate(call: CommitCall, reused: ReusedCommit | null): Promise<CommitDate | End> {
  if (call.options.date !== null) return resolveDate(call, call.options.date, true);
  if (reused !== null) return reused.date;
  const wanted = call.invocation.env['GIT_AUTHOR_DATE'] ?? '';
  return wanted === '' ? call.now : resolveDate(call, wanted, false);
}

function configuredAuthor(call: CommitCall) {
  const { agent, invocation, config } = call;
  const nameBytes = chosen(invocation, 'GIT_AUTHOR_NAME', config.authorName ?? config.userName);
  const emailBytes = chosen(invocation, 'GIT_AUTHOR_EMAIL', config.authorEmail ?? config.userEmail);
  const name = decoded(nameBytes, agent.author.name);
  const email = decoded(emailBytes, agent.author.email);
  // The record's own identity is taken as it is: the policy compares with it.
  const isOwn = name === agent.author.name && email === agent.author.email;
  return {
    formed: isOwn ? { kind: 'person' as const, person: agent.author } : formPerson(name, email),
    wasUtf8: isUtf8(nameBytes) && isUtf8(emailBytes),
  };
}

function chosen(invocation: Invocation, variable: string, configured: string | null): string | null {
  return invocation.env[variable] ?? configured;
}

function decoded(bytes: string | null, fallback: string): string {
  return bytes === null ? fallback : decodeText(bytes);
}

function isUtf8(bytes: string | null): boolean {
  return bytes === null || repairUtf8(bytes).wasValid;
}

/** Any format git knows. `isForced`: as `--date`, which also takes words such as "yesterday". */
async function resolveDate(call: CommitCall, text: string, isForced: boolean): Promise<CommitDate | End> {
  const known = parseRawDate(text) ?? (text === '' ? null : await askDate(call, text));
  if (known !== null) return known;
  const seconds = isForced ? await askApproximateDate(call, text) : null;
  const approximate = seconds === null ? null : await askDate(call, `@${String(seconds)}`);
  return approximate ?? fatal(`invalid date format: ${text}`);
}

async function askDate(call: CommitCall, text: string): Promise<CommitDate | null> {
  const answer = await call.container.git(['var', 'GIT_AUTHOR_IDENT'], {
    env: { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_AUTHOR_DATE: text },
  });
  if (answer.exitCode !== 0) return null;
  const [, date = ''] = answer.stdout.toString('latin1').trimEnd().split('> ');
  return parseStoredDate(date);
}

/** An expiry date is read like `--date`, errors included, but for four words of its own. */
async function askApproximateDate(call: CommitCall, text: string): Promise<number | null> {
  if (text === '' || text === 'all' || text === 'false') return null;
  if (text === 'now') return call.now.time;
  const answer = await call.container.git([
    ...['-c', `gitiso.date=${text}`],
    ...['config', '--type=expiry-date', '--get', 'gitiso.date'],
  ]);
  const seconds = answer.stdout.toString('latin1').trim();
  return answer.exitCode === 0 && /^\d{1,12}$/.test(seconds) ? Number(seconds) : null;
}
