/** Says which properties of a user's clone rule it out, and what its configuration tells. Changes nothing. */
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { lastLines, type HostGit } from '../git/host-git';
import type { CloneView } from './clone-view';
import { localLimits } from './git-refs';

/** Extensions that change nothing for someone who reads objects and refs. */
const harmlessExtensions = new Set([
  'noop',
  'noop-v1',
  'preciousobjects',
  'worktreeconfig',
  'relativeworktrees',
]);

export interface CloneFacts {
  /** remote.origin.url as it stands in the clone, or null. */
  readonly originUrl: string | null;
}

/** Reads the clone's own configuration as its owner. Throws 'repo-unusable' with the reason. */
export async function checkClone(git: HostGit, view: CloneView): Promise<CloneFacts> {
  const config = join(view.commonDir, 'config');
  const answer = await git.run(['config', '--file', config, '--no-includes', '-z', '--list'], {
    ...view,
    ...localLimits,
  });
  if (answer.exitCode !== 0) {
    throw new GitisoError('repo-unusable', `its configuration cannot be read: ${lastLines(answer.stderr)}`);
  }
  const entries = parseEntries(answer.stdout.toString('utf8'));
  const problem = findProblem(entries);
  if (problem !== null) throw new GitisoError('repo-unusable', problem);
  return { originUrl: lastValue(entries, 'remote.origin.url') };
}

type Entries = readonly (readonly [key: string, value: string])[];

function parseEntries(text: string): Entries {
  return text
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const end = entry.indexOf('\n');
      return end === -1 ? ([entry, 'true'] as const) : ([entry.slice(0, end), entry.slice(end + 1)] as const);
    });
}

function lastValue(entries: Entries, key: string): string | null {
  return entries.findLast(([name]) => name === key)?.[1] ?? null;
}

function findProblem(entries: Entries): string | null {
  const version = Number(lastValue(entries, 'core.repositoryformatversion') ?? '0');
  if (!(version <= 1)) return `its repository format version ${version} is not known`;
  for (const [key, value] of entries) {
    const problem = key.startsWith('extensions.')
      ? extensionProblem(key.slice('extensions.'.length), value)
      : null;
    if (problem !== null) return problem;
    if (/^remote\..*\.promisor$/.test(key) && value !== 'false') return partialClone;
    if (/^remote\..*\.partialclonefilter$/.test(key)) return partialClone;
  }
  return null;
}

const partialClone = 'it is a partial clone: objects that are missing would be fetched on demand';

function extensionProblem(name: string, value: string): string | null {
  switch (name) {
    case 'objectformat':
      return value === 'sha1' ? null : `its object format is ${value}; only sha1 is supported`;
    case 'refstorage':
      return value === 'files' ? null : `its refs are stored as ${value}; only files are supported`;
    case 'partialclone':
      return partialClone;
    default:
      return harmlessExtensions.has(name) ? null : `it uses the extension ${name}, which is not supported`;
  }
}
