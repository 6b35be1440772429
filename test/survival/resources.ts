/** What a daemon holds: memory, descriptors, processes, temporary files and containers; and whether it grows. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Resources {
  /** Resident memory of the daemon and of all its children; MiB. */
  readonly daemonMiB: number;
  readonly childrenMiB: number;
  readonly descriptors: number;
  readonly children: number;
  readonly temporaryFiles: number;
  readonly containers: number;
}

export interface Held {
  readonly pid: number;
  readonly children: readonly number[];
  /** The folder of temporary files that the daemon was given. */
  readonly temporary: string;
  readonly containers: () => Promise<number>;
}

/** When nothing is under way any more: the fewest descriptors of some looks. */
export async function measureAtRest(held: () => Held): Promise<Resources> {
  const looks: Resources[] = [];
  for (let look = 0; look < 4; look += 1) {
    await sleep(500);
    const { pid, children, temporary, containers } = held();
    looks.push({
      daemonMiB: residentMiB(pid),
      childrenMiB: children.reduce((sum, child) => sum + residentMiB(child), 0),
      descriptors: readdirSync(`/proc/${String(pid)}/fd`).length,
      children: children.length,
      temporaryFiles: readdirSync(temporary, { recursive: true }).length,
      containers: await containers(),
    });
  }
  return looks.reduce((best, look) => (look.descriptors <= best.descriptors ? look : best));
}

/** 0: the process has ended. */
function residentMiB(pid: number): number {
  try {
    const [, kibibytes = '0'] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
    return Math.round(Number(kibibytes) / 1024);
  } catch {
    return 0;
  }
}

/** A heap breathes: so much more at the end than at the beginning is no growth. */
const slack = {
  daemonMiB: 48,
  childrenMiB: 96,
  descriptors: 16,
  children: 4,
  temporaryFiles: 0,
  containers: 0,
} as const;

/** What grew, in words, over rests of one process: the median of the last third against that of the first. */
export function findGrowth(rests: readonly Resources[]): readonly string[] {
  const third = Math.ceil(rests.length / 3);
  if (rests.length < 3) return [];
  return (Object.keys(slack) as (keyof Resources)[]).flatMap((what) => {
    const first = median(rests.slice(0, third).map((rest) => rest[what]));
    const last = median(rests.slice(-third).map((rest) => rest[what]));
    const isMemory = what === 'daemonMiB' || what === 'childrenMiB';
    const limit = (isMemory ? first * 1.25 : first) + slack[what];
    return last > limit ? [`${what} grew from ${String(first)} to ${String(last)}`] : [];
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
