/** Who may be named in a commit and what its message may hold (threats CM-01 … CM-03). Pure. */
import type { Signature } from '../git/commit-engine';
import { allowed, denied, type Verdict } from './verdict';

export interface IdentityRules {
  readonly author: 'any' | 'agent';
  readonly committer: 'agent' | 'any';
}

interface Person {
  readonly name: string;
  readonly email: string;
}

/** Largest time that git itself writes and reads everywhere: 2^31 seconds is 2038; beyond 2100 is surely wrong. */
const latestTime = Date.UTC(2100, 0, 1) / 1000;
const messageBytes = 1024 * 1024;

export function checkCommit(
  commit: {
    readonly author: Signature;
    readonly committer: Signature;
    readonly message: string;
    readonly encoding: string | null;
  },
  agent: { readonly author: Person; readonly committer: Person },
  rules: IdentityRules,
): Verdict {
  for (const [role, person] of [
    ['author', commit.author],
    ['committer', commit.committer],
  ] as const) {
    const problem = signatureProblem(person, rules[role] === 'any');
    if (problem !== null)
      return denied('identity-form', `the ${role} ${problem}`, 'use a plain name and e-mail address');
  }
  if (rules.committer === 'agent' && !isSame(commit.committer, agent.committer))
    return denied('identity-committer', 'the committer must be the agent', 'leave the committer to gitiso');
  if (rules.author === 'agent' && !isSame(commit.author, agent.author))
    return denied('identity-author', 'the author must be the agent', 'leave out --author');
  if (commit.encoding !== null && !/^[A-Za-z0-9._:-]{1,40}$/.test(commit.encoding))
    return denied('message-encoding', 'i18n.commitEncoding is not the name of an encoding', 'use UTF-8');
  if (commit.message.includes('\0'))
    return denied('message-form', 'the message holds a NUL byte', 'remove it');
  if (commit.message.length > messageBytes)
    return denied('message-size', `the message is longer than ${String(messageBytes)} bytes`, 'shorten it');
  return allowed;
}

/**
 * Where anybody may be named, so may nobody: git itself writes such commits (`fast-import`, `am`, old histories). Blanks are
 * git's to trim, and it leaves those within an address.
 */
function signatureProblem(signature: Signature, mayBeEmpty: boolean): string | null {
  if (/[\x00-\x1f\x7f<>]/.test(signature.name + signature.email))
    return 'has a control character or an angle bracket';
  if (!mayBeEmpty && signature.name.trim() === '') return 'has no name';
  if (!mayBeEmpty && signature.email.trim() === '') return 'has no e-mail address';
  if (!Number.isInteger(signature.time) || signature.time < 0 || signature.time > latestTime)
    return 'has a date outside 1970–2100';
  if (!Number.isInteger(signature.offset) || Math.abs(signature.offset) > 14 * 60)
    return 'has an impossible time zone';
  return null;
}

function isSame(a: Person, b: Person): boolean {
  return a.name === b.name && a.email === b.email;
}
