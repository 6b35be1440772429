/**
 * Every difference that remains between a workspace and a plain clone, with its reason: the suite accepts these and no
 * others, and fails when one of them has gone. docs/fidelity.md lists them.
 */
import type { Aspect } from './harness/compare';

export interface KnownDifference {
  /** `<area>/<file>: <title>` of the scenarios that show it. */
  readonly scenarios: readonly string[];
  /** The commands after which it shows. */
  readonly command: RegExp;
  readonly aspects: readonly Aspect[];
  /** What differs, for users of git. */
  readonly what: string;
  readonly reason: string;
}

export const knownDifferences: readonly KnownDifference[] = [];
