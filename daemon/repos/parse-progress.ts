/** Turns git's progress lines into stages and percentages. Pure. */
export interface Progress {
  readonly stage: string;
  readonly percent: number | null;
  readonly message: string;
}

const stages: readonly (readonly [RegExp, string])[] = [
  [/^(?:remote: )?Enumerating objects/, 'enumerating'],
  [/^(?:remote: )?Counting objects/, 'counting'],
  [/^(?:remote: )?Compressing objects/, 'compressing'],
  [/^Receiving objects/, 'receiving'],
  [/^Writing objects/, 'copying'],
  [/^Resolving deltas/, 'resolving'],
  [/^Updating files/, 'updating'],
];

/** Feed it git's standard error as it comes; it reports each finished line (ended by CR or LF) that is progress. */
export function createProgressParser(report: (progress: Progress) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/[\r\n]/);
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) {
      const progress = parseProgressLine(line.trim());
      if (progress !== null) report(progress);
    }
  };
}

export function parseProgressLine(line: string): Progress | null {
  const stage = stages.find(([pattern]) => pattern.test(line))?.[1];
  if (stage === undefined) return null;
  const percent = /\b(\d{1,3})%/.exec(line)?.[1];
  return {
    stage,
    percent: percent === undefined ? null : Math.min(100, Number(percent)),
    message: line.slice(0, 200),
  };
}
