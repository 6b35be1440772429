/**
 * Locks refs of a repository and compares them with what is expected, all or none; the swap comes later, when the
 * journal is durable. Runs in a worker; the locks are libgit2's (`<ref>.lock` files), the same as git's own.
 */
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import { GIT_ELOCKED, GIT_ENOTFOUND, libgit2Errno, type GitTransaction, type NodeGit } from './nodegit';
import type { OpenRepository } from './open-repository';
import type { RefUpdate } from './ref-updates';
import type { Refusal } from './worker-protocol';

export interface LockedRefs {
  readonly transaction: GitTransaction;
  readonly updates: readonly RefUpdate[];
}

const lockAttempts = 50;
const lockPauseMs = 20;

/** Refs are locked in the order of their names, so that two requests can not wait for each other. */
export async function lockRefs(
  git: NodeGit,
  open: OpenRepository,
  updates: readonly RefUpdate[],
): Promise<LockedRefs | Refusal> {
  const transaction = await open.newTransaction();
  const ordered = [...updates].sort((a, b) => (a.ref < b.ref ? -1 : 1));
  for (const update of ordered) await lockOne(transaction, update.ref);
  for (const update of ordered) {
    const current = await orRelease(transaction, readRef(git, open, update.ref));
    if ((current ?? zeroOid) !== update.old) {
      await release(transaction);
      return { kind: 'changed', ref: update.ref, current: current ?? zeroOid };
    }
  }
  return { transaction, updates: ordered };
}

/** Moves every locked ref and releases the locks. Throws when one could not be moved; others may have been. */
export async function swapRefs(git: NodeGit, locked: LockedRefs): Promise<void> {
  const nobody = git.Signature.create('gitiso', 'gitiso', 0, 0);
  for (const update of locked.updates) {
    const status =
      update.new === zeroOid
        ? locked.transaction.remove(update.ref)
        : locked.transaction.setTarget(update.ref, git.Oid.fromString(update.new), nobody, '');
    if (status < 0) throw new Error(`libgit2 could not stage ${update.ref} (${String(status)})`);
  }
  const status = await locked.transaction.commit();
  if (status < 0) throw new Error(`libgit2 could not move the refs (${String(status)})`);
}

/** Gives the locks back without moving anything: an uncommitted libgit2 transaction with no changes only unlocks. */
export async function release(transaction: GitTransaction): Promise<void> {
  await transaction.commit();
}

/** For work while the locks are held: when it fails nobody settles them, and they would stay as long as this process does. */
export function orRelease<T>(transaction: GitTransaction, work: Promise<T>): Promise<T> {
  return work.catch(async (error: unknown) => {
    await release(transaction);
    throw error;
  });
}

export async function readRef(
  git: NodeGit,
  { repository, refs }: Pick<OpenRepository, 'repository' | 'refs'>,
  ref: RefName,
): Promise<Oid | null> {
  const value = refs.read(ref);
  if (value !== 'unclear') return value;
  try {
    return (await git.Reference.nameToId(repository, ref)).tostrS() as Oid;
  } catch (error) {
    if (libgit2Errno(error) === GIT_ENOTFOUND) return null;
    throw error;
  }
}

/** Someone on the host may hold the lock for a moment (a `git branch` by hand): wait a little. */
async function lockOne(transaction: GitTransaction, ref: RefName): Promise<void> {
  let status = 0;
  for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
    status = transaction.lockRef(ref);
    if (status >= 0) return;
    await new Promise((resolve) => setTimeout(resolve, lockPauseMs));
  }
  await release(transaction);
  const what = status === GIT_ELOCKED ? `could not lock ${ref}` : `could not make the lock of ${ref}`;
  throw new Error(`libgit2 ${what} (${String(status)})`);
}
