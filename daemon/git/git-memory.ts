/** How much memory a host git may use: those that read what came from outside have a limit. Pure. */

const gibibyte = 1024 * 1024 * 1024;

/**
 * Of address space, in which git also maps packs (core.packedGitLimit bounds that). A file above core.bigFileThreshold is
 * streamed, a delta needs its base and its result in memory. What a fetch starts has the limit of the fetch.
 */
const limits: Readonly<Record<string, number>> = {
  'index-pack': 4 * gibibyte,
  'unpack-objects': 2 * gibibyte,
  'cat-file': 4 * gibibyte,
  fetch: 8 * gibibyte,
};

/** Bytes; null: none, because what git reads there was checked when it came. */
export function memoryLimitOf(command: string): number | null {
  return limits[command] ?? null;
}
