/**
 * Versions of what gitiso stands on that are known to be unsafe. Pure. Distributions carry fixes back without a new
 * version number, so an old series is a question for the operator, not a verdict.
 */
import { hasFix } from '../fixed-versions';

export interface Versions {
  /** As git tells it, e.g. `2.39.5`. */
  readonly git?: string;
  readonly libgit2?: string;
}

export interface VersionFinding {
  readonly component: keyof Versions;
  readonly version: string;
  readonly problem: string;
  readonly advice: string;
}

type Version = readonly number[];

interface Rule {
  readonly component: keyof Versions;
  /** The first fixed version of each series that got a fix; newer series have it. */
  readonly fixed: readonly string[];
  readonly problem: string;
  readonly advice: string;
}

/** From the projects' own release notes and advisories. */
const rules: readonly Rule[] = [
  {
    component: 'git',
    fixed: ['2.39.4', '2.40.2', '2.41.1', '2.42.2', '2.43.4', '2.44.1', '2.45.1'],
    problem:
      'clones can run code and read files of the host (CVE-2024-32002, -32004, -32020, -32021, -32465)',
    advice: 'upgrade git',
  },
  {
    component: 'git',
    fixed: ['2.43.7', '2.44.4', '2.45.4', '2.46.4', '2.47.3', '2.48.2', '2.49.1', '2.50.1'],
    problem:
      'a hostile server can write files and get at credentials (CVE-2025-48384, -48385; CVE-2024-50349, -52006)',
    advice: "upgrade git, or see in the package's changelog that these are fixed",
  },
  {
    component: 'libgit2',
    fixed: ['1.6.5', '1.7.2'],
    problem: 'hostile objects can crash or overwrite memory (CVE-2024-24575, -24577)',
    advice: 'rebuild nodegit (scripts/setup)',
  },
];

/** What is known against these versions; components that are left out are not looked at. */
export function versionFindings(versions: Versions): readonly VersionFinding[] {
  return rules.flatMap(({ component, fixed, problem, advice }) => {
    const text = versions[component];
    if (text === undefined) return [];
    const isKnown = parseVersion(text).length > 0;
    return !isKnown || hasFix(text, fixed) ? [] : [{ component, version: text, problem, advice }];
  });
}

/** `git version 2.39.5 (…)` → [2, 39, 5]; [] when there is no number. */
export function parseGitVersion(text: string): Version {
  return parseVersion(/^git version (\S+)/.exec(text)?.[1] ?? '');
}

function parseVersion(text: string): Version {
  const match = /^(\d+)\.(\d+)\.?(\d*)/.exec(text);
  return match === null ? [] : match.slice(1).map((part) => Number(part));
}

/** Part by part; what is missing counts as 0. */
export function isOlder(version: Version, other: Version): boolean {
  for (let at = 0; at < Math.max(version.length, other.length); at += 1) {
    const difference = (version[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
