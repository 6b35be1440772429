/** Versions of the container engine with known ways out of a container. Pure. */
import { hasFix } from '../fixed-versions';
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
