/** How the compared command lines are written down: a name, the arguments, and what else the case needs. */
import type { Case } from './compare-commits';

export interface NamedCase extends Case {
  readonly name: string;
}

export type Row = readonly [name: string, args: readonly string[], more?: Omit<Case, 'args'>];

export function cases(...groups: readonly (readonly Row[])[]): readonly NamedCase[] {
  return groups.flat().map(([name, args, more]) => ({ name, args, ...more }));
}
