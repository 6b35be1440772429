/** Which branch is committed to, and where it stands. Only what the agent says: the engine compares with the truth. */
import { isOid, isRefName } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import type { Head } from './commit-call';

const branchPrefix = 'ref: refs/heads/';

/** null: a detached HEAD, a branch without a commit, or one whose commit the shim could not tell. */
export function readHead({ head, parent }: Invocation): Head | null {
  const ref = head.slice('ref: '.length);
  if (!head.startsWith(branchPrefix) || !isRefName(ref)) return null;
  return parent !== null && isOid(parent) ? { ref, commit: parent } : null;
}
