/**
 * The forms of `git commit` that the real git in the container carries out, and the one that nobody does. Looks only at
 * what is known without asking, so that git starts at once.
 */
import type { Invocation } from '../../shared/invocation';
import { hasHooksElsewhere, type CommitConfig } from './commit-config';
import type { CommitOptions } from './commit-options';
import { fatal, type End } from './outcome';

/** Signing needs a key, which the container does not have. `wanted` is what the options say; null: nothing. */
export function refuseSigning(wanted: boolean | null, config: CommitConfig): End | null {
  if (!(wanted ?? config.gpgSign)) return null;
  return fatal(
    `gitiso: commits are not signed in the container (${wanted === true ? '--gpg-sign' : 'commit.gpgSign'})`,
    "use 'git commit --no-gpg-sign', or 'git config commit.gpgSign false'",
  );
}

export function isForGit(invocation: Invocation, options: CommitOptions, config: CommitConfig): boolean {
  return (
    options.isForGit ||
    needsSomebody(invocation, options) ||
    isUnderWay(invocation) ||
    mayRunHooks(invocation, config) ||
    hasOwnForm(options, config) ||
    (options.amend && isRewritingNotes(invocation, config))
  );
}

/** An editor opens, somebody types the message, or there is none. */
function needsSomebody({ tty }: Invocation, { message, file, reuse, amend, edit }: CommitOptions): boolean {
  if (file === '-' && tty[0] === true) return true;
  const isGiven = [message, file, reuse].some((source) => source !== null);
  return isGiven ? edit === true : !amend || edit !== false;
}

/** A merge, a rebase, a lock …: git knows how to conclude or to refuse. A bisection goes on whatever is committed. */
function isUnderWay({ state }: Invocation): boolean {
  return state.some((name) => name !== 'BISECT_LOG');
}

function mayRunHooks({ hooks }: Invocation, config: CommitConfig): boolean {
  return hooks.length > 0 || hasHooksElsewhere(config);
}

/** Notes are the agent's own, so git has to carry them over. */
function isRewritingNotes({ env }: Invocation, config: CommitConfig): boolean {
  return config.isRewritingNotes || (env['GIT_NOTES_REWRITE_REF'] ?? '') !== '';
}

/** Settings that change the message or the logs in ways that are git's own. */
function hasOwnForm(options: CommitOptions, config: CommitConfig): boolean {
  return (options.verbose ?? config.verbose) || config.hasOwnComments || !config.isLogging;
}
