/** Which parts of the product inputs reach, by V8's own block coverage of this process. */
import { Session } from 'node:inspector';

export interface Coverage {
  /** The blocks that ran since the last call. */
  readonly take: () => ReadonlySet<string>;
  /** Those among them that nobody had seen; from now on they are known. */
  readonly learn: (blocks: ReadonlySet<string>) => readonly string[];
  readonly total: () => number;
  readonly stop: () => void;
}

/** `isOfInterest` says of a script's URL whether it counts. */
export function startCoverage(isOfInterest: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  // Counts are reset whenever they are taken.
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Set<string>();
  return {
    take: () => {
      const blocks = new Set<string>();
      session.post('Profiler.takePreciseCoverage', (error, taken) => {
        if (error !== null) throw error;
        for (const { scriptId, url, functions } of taken.result) {
          if (!isOfInterest(url)) continue;
          for (const { ranges } of functions)
            for (const { startOffset, endOffset, count } of ranges)
              if (count > 0) blocks.add(`${scriptId}:${startOffset}-${endOffset}`);
        }
      });
      return blocks;
    },
    learn: (blocks) => {
      const fresh = [...blocks].filter((block) => !known.has(block));
      for (const block of fresh) known.add(block);
      return fresh;
    },
    total: () => known.size,
    stop: () => session.disconnect(),
  };
}
