/** One thing that reads hostile bytes, with what must hold whatever they are. */
export interface FuzzTarget {
  readonly name: string;
  /** Small valid inputs to begin with; what was found later lies in `corpus/<name>/`. */
  readonly seeds: readonly (Buffer | string)[];
  /** Words of the format, which chance alone would hardly spell. */
  readonly words: readonly string[];
  /** Throws when something that must hold does not. */
  readonly run: (input: Buffer) => void | Promise<void>;
}

/** For properties: says what does not hold. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${what}`);
}
