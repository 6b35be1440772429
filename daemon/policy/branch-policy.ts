/** Which refs an agent may move: its own branch; never a protected one, never anything outside refs/heads/. */
import type { RefName } from '../../shared/ids';
import { matchesGlob } from './match-glob';
import { allowed, denied, type Verdict } from './verdict';

/** `agent`: its id and own ref; `repo`: globs of protected branch names. */
export function mayMoveBranch(
  agent: { readonly id: string; readonly ref: RefName },
  repo: { readonly protectedBranches: readonly string[] },
  ref: string,
): Verdict {
  const heads = 'refs/heads/';
  const own = agent.ref.slice(heads.length);
  if (!ref.startsWith(heads))
    return denied(
      'ref-namespace',
      `agents move branches only, not ${ref}`,
      `use your own branch: git switch ${own}`,
    );
  const name = ref.slice(heads.length);
  if (isProtected(name, repo.protectedBranches))
    return denied(
      'protected-branch',
      `branch '${name}' is protected`,
      `commit on your own branch: git switch ${own}`,
    );
  if (ref !== agent.ref)
    return denied(
      'foreign-branch',
      `branch '${name}' is not yours`,
      `commit on your own branch: git switch ${own}`,
    );
  return allowed;
}

export function isProtected(name: string, globs: readonly string[]): boolean {
  // Case and compatibility twins (Main, ｍain) count as the protected name: on some file systems they are.
  const folded = name.normalize('NFKC').toLowerCase();
  return globs.some((glob) => matchesGlob(glob.normalize('NFKC').toLowerCase(), folded));
}
