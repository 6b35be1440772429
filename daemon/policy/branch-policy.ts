/** Which shared refs an agent may make, move and delete: its own; never a protected branch, never another's. Pure. */
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import { matchesGlob } from './match-glob';
import { allowed, denied, type Verdict } from './verdict';

export interface RefOwner {
  readonly id: string;
  /** The branch it was created with. */
  readonly ref: RefName;
  /** What it made itself. */
  readonly ownRefs: readonly RefName[];
}

export interface ProtectionRules {
  /** Globs of branch names. */
  readonly protectedBranches: readonly string[];
}

/** One ref of a transaction. */
export interface ProposedRef {
  readonly ref: string;
  /** The value the daemon has for it; null: it does not exist. */
  readonly current: Oid | null;
  /** zeroOid: delete. */
  readonly new: Oid;
  /** Whether it is the branch of another agent, which may not exist yet. */
  readonly isClaimed: boolean;
}

const heads = 'refs/heads/';
const tags = 'refs/tags/';
/** Agents are created with a branch of their own below it: nobody makes one there, or in its way, for another. */
const reserved = 'agent';
/** So many refs of one agent: more is a program that has gone wild. */
const ownRefsLimit = 10_000;

/** Whether the branch is one that some agent is, or will be, created with. */
export function isReserved(ref: string): boolean {
  return ref === `${heads}${reserved}` || ref.startsWith(`${heads}${reserved}/`);
}

/** Whether the agent may commit on this branch: its own, or one it made. */
export function mayMoveBranch(agent: RefOwner, repo: ProtectionRules, ref: string): Verdict {
  const own = shortName(agent.ref);
  if (!ref.startsWith(heads))
    return denied(
      'ref-namespace',
      `agents move branches only, not ${ref}`,
      `use your own branch: git switch ${own}`,
    );
  const name = shortName(ref);
  if (isProtected(name, repo.protectedBranches))
    return denied(
      'protected-branch',
      `branch '${name}' is protected`,
      `commit on your own branch: git switch ${own}`,
    );
  if (!owns(agent, ref))
    return denied(
      'foreign-branch',
      `branch '${name}' is not yours`,
      `commit on your own branch: git switch ${own}`,
    );
  return allowed;
}

/** Whether the agent may give the ref its proposed value: new names are free, its own follow it everywhere. */
export function mayChangeRef(agent: RefOwner, repo: ProtectionRules, proposed: ProposedRef): Verdict {
  const { ref, current } = proposed;
  const isTag = ref.startsWith(tags);
  if (!isTag && !ref.startsWith(heads))
    return denied('ref-namespace', `only branches and tags are shared, not ${ref}`, 'choose another name');
  if (proposed.new === zeroOid && ref === agent.ref)
    return denied(
      'agent-branch',
      `branch '${shortName(ref)}' is the one this agent was created with`,
      'it stays as long as the agent; work on another branch beside it',
    );
  const isNew = current === null && !proposed.isClaimed;
  if (!isTag && (!isNew || isProtected(shortName(ref), repo.protectedBranches))) {
    return mayMoveBranch(agent, repo, ref);
  }
  if (!isNew && !owns(agent, ref))
    return denied('foreign-tag', `tag '${shortName(ref)}' is not yours`, 'choose another name for your tag');
  if (isNew && !owns(agent, ref) && isReserved(ref))
    return denied(
      'reserved-branch',
      `branches below '${reserved}' are those that agents are created with`,
      'choose another name',
    );
  if (isNew && agent.ownRefs.length >= ownRefsLimit)
    return denied(
      'too-many-refs',
      `this agent has ${String(ownRefsLimit)} refs already`,
      'delete branches or tags that are not needed',
    );
  return allowed;
}

/**
 * Whether an accepted change of this ref may be undone at its agent's word (git gave it up): the ref is its own now. What
 * the agent did not own when it changed, because it followed the remote, it has no power over afterwards.
 */
export function mayTakeBack(agent: RefOwner, repo: ProtectionRules, proposed: ProposedRef): boolean {
  const { ref, current } = proposed;
  if (!ref.startsWith(tags) && isProtected(shortName(ref), repo.protectedBranches)) return false;
  return current === null ? mayChangeRef(agent, repo, proposed).allowed : owns(agent, ref);
}

export function isProtected(name: string, globs: readonly string[]): boolean {
  // Case and compatibility twins (Main, ｍain) count as the protected name: on some file systems they are.
  const folded = name.normalize('NFKC').toLowerCase();
  return globs.some((glob) => matchesGlob(glob.normalize('NFKC').toLowerCase(), folded));
}

function owns(agent: RefOwner, ref: string): boolean {
  return ref === agent.ref || agent.ownRefs.some((own) => own === ref);
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
