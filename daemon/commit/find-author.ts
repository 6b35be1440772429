/** Author and committer of a commit, from the same places and in the same order as git (builtin/commit.c: determine_author_info). */
import type { CommitCall } from './commit-call';
import { parseRawDate, parseStoredDate, type CommitDate } from './commit-date';
import { decodeText, repairUtf8 } from './encoding';
import type { Named } from './find-named';
import { formPerson, splitPerson, type Person } from './identity';

export interface Author {
  readonly person: Person;
  readonly date: CommitDate;
  /** False: the name was repaired, which git warns about. */
  readonly wasUtf8: boolean;
}

/** Who asks, and with what settings. */
type Asking = Pick<CommitCall, 'agent' | 'invocation' | 'config' | 'container' | 'now'>;
type Role = 'author' | 'committer';
type Part = 'name' | 'email';

/** null: a name or a date that git would refuse, or does better. */
export async function findAuthor(call: CommitCall, named: Named): Promise<Author | null> {
  const person = findAuthorPerson(call, named);
  const date = await findAuthorDate(call, named);
  return person === null || date === null ? null : { ...person, date };
}

/** As the agent wishes; whether it may is for the policy to say. null: as with `findAuthor`. */
export async function findCommitter(call: Asking): Promise<Author | null> {
  const person = configuredPerson(call, 'committer');
  const date = await readDate(call, call.invocation.env['GIT_COMMITTER_DATE'] ?? '');
  return person === null || date === null ? null : { ...person, date };
}

/** Names of the settings that make the committer another than the agent. */
export function foreignSettings(call: CommitCall): readonly string[] {
  return (['name', 'email'] as const).flatMap((part) => {
    const setting = settingOf(call, 'committer', part);
    const isForeign = setting !== null && decodeText(setting.value) !== call.agent.committer[part];
    return isForeign ? [setting.key] : [];
  });
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

function findAuthorPerson(call: CommitCall, { author, authorFrom }: Named): Omit<Author, 'date'> | null {
  if (author === null && authorFrom === null) return configuredPerson(call, 'author');
  const given = author === null ? authorFrom?.author : splitPerson(decodeText(author));
  const person = given ? formPerson(given.name, given.email) : null;
  return person && { person, wasUtf8: author === null || isUtf8(author) };
}

function configuredPerson(call: Asking, role: Role): Omit<Author, 'date'> | null {
  const own = call.agent[role];
  const [name, email] = [settingOf(call, role, 'name'), settingOf(call, role, 'email')];
  // git guesses, or says what is missing.
  if (name === null || email === null) return null;
  const wish = { name: decodeText(name.value), email: decodeText(email.value) };
  // The record's own identity is taken as it is: the policy compares with it.
  const isOwn = wish.name === own.name && wish.email === own.email;
  const person = isOwn ? own : formPerson(wish.name, wish.email);
  return person && { person, wasUtf8: isUtf8(name.value) && isUtf8(email.value) };
}

/** The setting that counts (ident.c: fmt_ident), its value in bytes. */
function settingOf({ invocation: { env }, config }: Asking, role: Role, part: Part) {
  const variable = `GIT_${role}_${part}`.toUpperCase();
  const settings = [
    { key: variable, value: env[variable] ?? null },
    { key: `${role}.${part}`, value: config[role][part] },
    { key: `user.${part}`, value: config.user[part] },
  ];
  for (const { key, value } of settings) if (value !== null) return { key, value };
  return null;
}

function isUtf8(bytes: string): boolean {
  return repairUtf8(bytes).wasValid;
}

async function findAuthorDate(call: CommitCall, { authorFrom }: Named): Promise<CommitDate | null> {
  const { options, invocation } = call;
  if (options.date !== null) return options.date === '' ? null : readDate(call, options.date);
  return authorFrom?.date ?? readDate(call, invocation.env['GIT_AUTHOR_DATE'] ?? '');
}

/** Empty is now. null: no date, or one of the words that `--date` takes beyond the formats (git-commit(1)). */
async function readDate(call: Asking, text: string): Promise<CommitDate | null> {
  if (text === '') return call.now;
  const known = parseRawDate(text);
  if (known !== null) return known;
  const answer = await call.container.git(['var', 'GIT_AUTHOR_IDENT'], {
    env: { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x', GIT_AUTHOR_DATE: text },
  });
  const [, date = ''] = answer.stdout.toString('latin1').trimEnd().split('> ');
  return answer.exitCode === 0 ? parseStoredDate(date) : null;
}
