/** What the journal says about the values of refs, one after the other: which of its records were really done. Pure. */
import { zeroOid, type Oid } from '../../shared/ids';
import type { RefUpdate } from './ref-updates';

/** A record of the journal that moved refs, or was about to. */
export interface JournaledMove {
  readonly seq: number;
  readonly gitDirectory: string;
  readonly updates: readonly RefUpdate[];
}

/** Where a ref has to be, and by which record. */
export interface Destination {
  readonly seq: number;
  /** All values the journal gave it, oldest first. */
  readonly values: readonly Oid[];
}

export function refKey(gitDirectory: string, ref: string): string {
  return `${gitDirectory} ${ref}`;
}

/**
 * Moves of one ref take turns, and the next one begins after the abort mark of a refused one. So only the last record of
 * a ref can be one that was refused while the daemon died before it could write the mark; it is known by a start at a
 * value that the ref did not have, and then nothing of it was done. `done`: the audit log has the record's line.
 */
export function sortOut<M extends JournaledMove>(
  moves: readonly M[],
  facts: {
    readonly done: ReadonlySet<number>;
    readonly current: ReadonlyMap<string, Oid>;
    readonly damaged: ReadonlySet<string>;
  },
): {
  readonly accepted: readonly M[];
  readonly refused: readonly M[];
  readonly destinations: ReadonlyMap<string, Destination>;
} {
  const newest = new Map<string, number>();
  for (const { seq, gitDirectory, updates } of moves)
    for (const { ref } of updates) newest.set(refKey(gitDirectory, ref), seq);

  const destinations = new Map<string, Destination>();
  const accepted: M[] = [];
  const refused: M[] = [];
  for (const move of moves) {
    const { seq, gitDirectory, updates } = move;
    const fits = updates.every((update) => {
      const key = refKey(gitDirectory, update.ref);
      if (newest.get(key) !== seq || facts.done.has(seq) || facts.damaged.has(key)) return true;
      const now = facts.current.get(key) ?? zeroOid;
      const values = destinations.get(key)?.values ?? [];
      const isNext = values.at(-1) === update.old && values.includes(now);
      return isNext || now === update.old || now === update.new;
    });
    if (!fits) {
      refused.push(move);
      continue;
    }
    accepted.push(move);
    for (const update of updates) {
      const key = refKey(gitDirectory, update.ref);
      const before = destinations.get(key)?.values ?? [update.old];
      destinations.set(key, { seq, values: [...before, update.new] });
    }
  }
  return { accepted, refused, destinations };
}
