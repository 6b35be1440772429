/** How the compared command lines are written down: a name, the arguments, and what else the case needs. */
import type { Case } from './compare-commits';

/** Who makes the commit, or refuses: git may be asked before anything else is, or when the daemon finds that it must. */
export type Way = 'daemon' | 'git at once' | 'git after all';

export interface NamedCase extends Case {
  readonly name: string;
  readonly way: Way;
}

export type Row = readonly [name: string, args: readonly string[], more?: Omit<Case, 'args'>];

export function cases(way: Way, ...groups: readonly (readonly Row[])[]): readonly NamedCase[] {
  return groups.flat().map(([name, args, more]) => ({ name, args, way, ...more }));
}
