/** Forms of `git commit` that can not be carried to the daemon yet: refused before anything happens, with the way out. */
import type { Invocation } from '../../shared/invocation';
import type { CommitConfig } from './commit-config';
import type { CommitOptions } from './commit-options';
import { cleanupMode } from './clean-message';
import { end, fatal, type End } from './outcome';

const operations: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase or am',
};

/** null: nothing stands in the way. */
export function refuseEarly(
  invocation: Invocation,
  options: CommitOptions,
  config: CommitConfig,
): End | null {
  const operation = invocation.state.find((name) => Object.hasOwn(operations, name));
  if (operation !== undefined)
    return fatal(
      `gitiso: cannot conclude ${operations[operation] ?? operation} with 'git commit' yet`,
      'nothing was changed; abort the operation, or commit the result on a clean state',
    );
  if (options.interactive)
    return fatal(
      "gitiso: 'git commit --patch' and '--interactive' are not carried to the daemon by this version",
      "choose with 'git add -p', then run 'git commit -m <message>'",
    );
  if (options.gpgSign ?? config.gpgSign)
    return fatal(
      `gitiso: commits are not signed in the container (${options.gpgSign === true ? '--gpg-sign' : 'commit.gpgSign'})`,
      "use 'git commit --no-gpg-sign', or 'git config commit.gpgSign false'",
    );
  return refuseEditor(invocation, options, config);
}

/** Whether git would open an editor. */
export function wantsEditor(options: CommitOptions): boolean {
  if (options.edit !== null) return options.edit;
  const { message, file, reuse, fixup } = options;
  return message === null && file === null && reuse === null && fixup === null;
}

function refuseEditor(invocation: Invocation, options: CommitOptions, config: CommitConfig): End | null {
  if (!wantsEditor(options)) return null;
  const { file, reuse, reedit, fixup, message } = options;
  const hasMessage = [file, reuse, reedit, fixup, message].some((value) => value !== null);
  const template = hasMessage ? null : (options.template ?? config.template);
  const mode = cleanupMode(options.cleanup ?? config.cleanup, true);
  const isIdle = isIdleEditor(chosenEditor(invocation, config));
  if (isIdle && template === null && (mode === 'strip' || mode === 'scissors')) return null;
  return end(
    1,
    [
      'error: gitiso: this commit needs an editor, which is not carried to the daemon by this version',
      "hint: give the message: 'git commit -m <message>' or 'git commit -F <file>'",
      "hint: to keep the message of the last commit: 'git commit --amend --no-edit'",
      '',
    ].join('\n'),
  );
}

/** An editor that leaves the message as it is, as scripts set it. */
function isIdleEditor(editor: string): boolean {
  return editor === ':' || editor === 'true' || editor === '/bin/true' || editor === '/usr/bin/true';
}

/** editor.c: git_editor. */
function chosenEditor(invocation: Invocation, config: CommitConfig): string {
  const { env } = invocation;
  const isDumb = (env['TERM'] ?? 'dumb') === 'dumb';
  return env['GIT_EDITOR'] ?? config.editor ?? (isDumb ? undefined : env['VISUAL']) ?? env['EDITOR'] ?? 'vi';
}
