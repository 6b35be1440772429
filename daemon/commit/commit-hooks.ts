/** The project's own commit hooks: run in the container, as the agent, in git's order and with git's environment. */
import type { CommitCall } from './commit-call';
import { formatRawDate } from './commit-date';
import { encodeText } from './encoding';
import type { Author } from './find-author';

export type HookName = 'pre-commit' | 'prepare-commit-msg' | 'commit-msg' | 'post-commit' | 'post-rewrite';

/** A hook runs tests, or asks somebody: it may take long, but not for ever. */
const hookTimeoutMs = 60 * 60 * 1000;

/** Whether there may be such a hook. With `core.hooksPath` only git in the container knows. */
export function mayHaveHook(call: Pick<CommitCall, 'config' | 'invocation'>, name: HookName): boolean {
  const { hooksPath } = call.config;
  if (hooksPath === null) return call.invocation.hooks.includes(name);
  return hooksPath !== '' && hooksPath !== '/dev/null';
}

/** The variables git sets for the hooks of a commit; `author` once it is known. */
export function hookEnvironment(
  call: CommitCall,
  indexFile: string,
  author: Author | null,
): Readonly<Record<string, string>> {
  return {
    GIT_INDEX_FILE: indexFile,
    ...(call.usesEditor ? {} : { GIT_EDITOR: ':' }),
    ...(author === null
      ? {}
      : {
          GIT_AUTHOR_NAME: encodeText(author.person.name),
          GIT_AUTHOR_EMAIL: encodeText(author.person.email),
          GIT_AUTHOR_DATE: `@${formatRawDate(author.date)}`,
        }),
  };
}

/** Runs the hook, if it exists, on the agent's terminal. True: it allows the commit. */
export async function runHook(
  call: CommitCall,
  name: HookName,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const result = await call.container.git(['hook', 'run', '--ignore-missing', name, '--', ...args], {
    env,
    isShown: true,
    timeoutMs: hookTimeoutMs,
  });
  return result.exitCode === 0;
}

/** `post-rewrite` reads the old and the new id from its standard input, which `git hook run` cannot give. */
export async function runPostRewrite(call: CommitCall, line: string): Promise<void> {
  const found = await call.container.git(['rev-parse', '--git-path', 'hooks/post-rewrite']);
  const path = found.stdout.toString('latin1').replace(/\n$/, '');
  if (found.exitCode !== 0 || path === '') return;
  const result = await call.container.program(path, ['amend'], {
    stdin: Buffer.from(line, 'latin1'),
    timeoutMs: hookTimeoutMs,
  });
  await call.container.print(2, Buffer.concat([result.stdout, result.stderr]).toString('latin1'));
}
