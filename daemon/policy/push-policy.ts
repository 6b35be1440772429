/**
 * Which refs of a remote an agent may push: its own branch, names that are free there, and what it pushed before; never a
 * protected branch, never anything outside branches and tags. Pure.
 */
import { isRefName, zeroOid, type Oid, type RefName } from '../../shared/ids';
import { isProtected, isReserved, type ProtectionRules } from './branch-policy';
import { allowed, denied, type Verdict } from './verdict';

export interface ProposedPush {
  readonly ref: string;
  /** What the remote has; zeroOid: nothing. */
  readonly old: Oid;
  /** zeroOid: delete. */
  readonly new: Oid;
  /** `own`: the agent made it at the remote; `other`: another agent has the name, here or there; `free`: none has. */
  readonly owner: 'own' | 'other' | 'free';
}

/** Forced or not: an agent's own refs follow it everywhere, others' stay. */
export function mayPush(
  agent: { readonly ref: RefName },
  repo: ProtectionRules,
  { ref, old, owner }: ProposedPush,
): Verdict {
  const isBranch = ref.startsWith('refs/heads/');
  const own = shortName(agent.ref);
  const way = `push your own branch: git push origin HEAD:${own}`;
  if (!isBranch && !ref.startsWith('refs/tags/'))
    return denied('ref-namespace', 'agents push branches and tags only', way);
  if (!isRefName(ref))
    return denied('ref-name', 'the name is not one that gitiso takes', 'use ASCII letters, digits and -_./');
  const name = shortName(ref);
  if (isBranch && isProtected(name, repo.protectedBranches))
    return denied('protected-branch', `branch '${name}' is protected`, way);
  if (ref === agent.ref || owner === 'own') return allowed;
  if (old === zeroOid && owner === 'free' && !isReserved(ref)) return allowed;
  return isBranch
    ? denied('foreign-branch', `branch '${name}' is not yours`, way)
    : denied('foreign-tag', `tag '${name}' is not yours`, 'choose another name for your tag');
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
