/** The last part of recovery that changes a repository: every ref goes to the last value the journal gave it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { Logger } from '../log';
import { refKey, type Destination, type JournaledMove } from './ref-chains';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';

export interface CurrentRefs {
  /** What the refs of all moves have now, by `refKey`. */
  readonly current: ReadonlyMap<string, Oid>;
  /** Those whose file a power loss had emptied: only a move of the journal can have written it. */
  readonly damaged: ReadonlySet<string>;
}

export async function readCurrent(
  workers: WorkerPool,
  moves: readonly JournaledMove[],
): Promise<CurrentRefs> {
  const current = new Map<string, Oid>();
  const damaged = new Set<string>();
  for (const { gitDirectory, updates } of moves) {
    for (const { ref } of updates) {
      const key = refKey(gitDirectory, ref);
      if (current.has(key)) continue;
      const { value, wasDamaged } = await readOrDrop(workers, gitDirectory, ref);
      current.set(key, value);
      if (wasDamaged) damaged.add(key);
    }
  }
  return { current, damaged };
}

/**
 * In the order of the journal; what one record moves goes together, or not at all. From any of the values a ref had on the
 * way: one that was moved to something else by hand afterwards stays. Returns the records that could not be done.
 */
export async function moveToLast(
  parts: { readonly workers: WorkerPool; readonly log: Logger },
  moves: readonly JournaledMove[],
  facts: CurrentRefs & { readonly destinations: ReadonlyMap<string, Destination> },
): Promise<ReadonlySet<number>> {
  const failed = new Set<number>();
  for (const { seq, gitDirectory, updates } of moves) {
    const left: RefUpdate[] = [];
    for (const { ref } of updates) {
      const key = refKey(gitDirectory, ref);
      const destination = facts.destinations.get(key);
      if (destination?.seq !== seq) continue;
      const now = facts.current.get(key) ?? zeroOid;
      const last = destination.values.at(-1) ?? zeroOid;
      if (now === last) continue;
      if (destination.values.includes(now) || facts.damaged.has(key)) left.push({ ref, old: now, new: last });
      else
        parts.log.warn('a ref was moved by someone else after a crash, left alone', {
          ref,
          current: now,
          journal: last,
        });
    }
    if (left.length > 0 && !(await moveTogether(parts.workers, gitDirectory, left))) {
      parts.log.error('recovery could not move refs', { seq, refs: left.map(({ ref }) => ref) });
      failed.add(seq);
    }
  }
  return failed;
}

/** Names of a rename can exclude each other (`x`, `x/y`): then the old one goes first, as it did the first time. */
async function moveTogether(
  workers: WorkerPool,
  gitDirectory: string,
  updates: readonly RefUpdate[],
): Promise<boolean> {
  if (await moveAtOnce(workers, gitDirectory, updates)) return true;
  const gone = updates.filter((update) => update.new === zeroOid);
  const come = updates.filter((update) => update.new !== zeroOid);
  if (gone.length === 0 || come.length === 0) return false;
  if (!(await moveAtOnce(workers, gitDirectory, gone))) return false;
  if (await moveAtOnce(workers, gitDirectory, come)) return true;
  await moveAtOnce(
    workers,
    gitDirectory,
    gone.map(({ ref, old }) => ({ ref, old: zeroOid, new: old })),
  );
  return false;
}

async function moveAtOnce(
  workers: WorkerPool,
  gitDirectory: string,
  updates: readonly RefUpdate[],
): Promise<boolean> {
  const prepared = await workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates });
  if (prepared.kind !== 'prepared') return false;
  const { transaction } = prepared;
  await workers.run(gitDirectory, { op: 'settle', transaction, commit: true });
  return true;
}

/** A loose ref file that a power loss left empty is no value at all. */
async function readOrDrop(
  workers: WorkerPool,
  gitDirectory: string,
  ref: RefName,
): Promise<{ readonly value: Oid; readonly wasDamaged: boolean }> {
  const read = async (): Promise<Oid> =>
    (await workers.run(gitDirectory, { op: 'readRef', gitDirectory, ref })).current ?? zeroOid;
  try {
    return { value: await read(), wasDamaged: false };
  } catch {
    await rm(join(gitDirectory, ref), { force: true });
    return { value: await read(), wasDamaged: true };
  }
}
