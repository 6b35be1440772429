/** Versions of the container engine with known ways out of a container. Pure. */
import type { Diagnosis } from './patient';

export interface ComponentVersion {
  readonly name: string;
  readonly version: string;
}

interface Floor {
  readonly component: RegExp;
  /** Any of these, or anything newer than the last, has the fix: the first of each series. */
  readonly fixedIn: readonly string[];
  readonly why: string;
}

/** CVE numbers and fixed versions are those of the projects' own advisories. */
const floors: readonly Floor[] = [
  {
    component: /^runc$/i,
    fixedIn: ['1.2.8', '1.3.3', '1.4.0'],
    why: 'CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881 (mounts raced out of the container)',
  },
  {
    component: /^engine$/i,
    fixedIn: ['28.5.2', '29.0.0'],
    why: 'runc 1.3.3, and sub-mounts of read-only mounts that stay read-only',
  },
];

/** Distributions carry fixes back without a new number, so these are warnings. */
export function engineWeaknesses(components: readonly ComponentVersion[]): readonly Diagnosis[] {
  return components.flatMap(({ name, version }) =>
    floors
      .filter(({ component, fixedIn }) => component.test(name) && !hasFix(version, fixedIn))
      .map(({ fixedIn, why }) => ({
        id: 'engine-outdated',
        severity: 'warning' as const,
        where: `${name.toLowerCase()} ${version}`,
        what: `older than ${fixedIn.join(' or ')}, which brought: ${why}`,
        advice: 'update it, or make sure that your distribution carried the fix back',
      })),
  );
}

/** Whether `version` is at least the fixed one of its own series, or of a later series than all. */
export function hasFix(version: string, fixedIn: readonly string[]): boolean {
  const own = numbersOf(version);
  const sameSeries = fixedIn.map(numbersOf).find(([major, minor]) => major === own[0] && minor === own[1]);
  if (sameSeries !== undefined) return own[2] >= sameSeries[2];
  const last = numbersOf(fixedIn.at(-1) ?? '0.0.0');
  return own[0] > last[0] || (own[0] === last[0] && own[1] > last[1]);
}

function numbersOf(version: string): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+~-]/).map((part) => parseInt(part, 10) || 0);
  return [major, minor, patch];
}
