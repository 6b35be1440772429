/** What the kernel has mounted where, as the daemon sees it. Reads one file of the kernel's and nothing else. */
import { readFile } from 'node:fs/promises';

export interface Mounted {
  readonly mountPoint: string;
  /** Options of this mount, like `nosuid`; those of the file system are not among them. */
  readonly options: ReadonlySet<string>;
  /** `<major>:<minor>` */
  readonly device: string;
}

/** In the order of mounting: the last one at a place is the one that is seen. */
export async function readMounts(): Promise<readonly Mounted[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Format: proc(5), `/proc/pid/mountinfo`. */
export function parseMountInfo(text: string): readonly Mounted[] {
  return text.split('\n').flatMap((line) => {
    const [, , device, , mountPoint, options] = line.split(' ');
    if (device === undefined || mountPoint === undefined || options === undefined) return [];
    return [{ mountPoint: unescape(mountPoint), options: new Set(options.split(',')), device }];
  });
}

export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
