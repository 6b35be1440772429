/**
 * What one call of host git has to see and write, derived from what it is given: so no caller can forget to say it, and
 * whatever is not named is not there. Reads links and alternates of the daemon's own folders and of users' clones.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Sandbox } from './bubblewrap';
import type { GitProfile } from './host-git-environment';

export interface GitCall {
  readonly profile: GitProfile;
  readonly gitDir: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Further folders that git only reads. */
  readonly reads: readonly string[];
  /** A remote that is a path of this machine: git of the remote runs here too. */
  readonly pathRemote: 'none' | 'read' | 'written';
  readonly isOtherUser: boolean;
}

/** What git that talks to the network must not see: the daemon's state, and sockets that give rights. */
export type Hidden = Sandbox['hidden'];

const nothing: Hidden = { folders: [], files: [] };

export function gitSandbox(call: GitCall, hidden: Hidden): Sandbox {
  return call.profile === 'network' ? networkSandbox(call, hidden) : localSandbox(call);
}

function localSandbox(call: GitCall): Sandbox {
  const { readable, writable } = placesOf(call);
  return {
    runs: 'git',
    view: 'chosen',
    readable,
    writable,
    hidden: nothing,
    hasNetwork: false,
    // Objects that are linked from a user's clone may be readable for their owner alone.
    capabilities: ['CAP_DAC_READ_SEARCH'],
    isOtherUser: call.isOtherUser,
  };
}

/**
 * Credentials, proxies and helpers lie anywhere, so everything can be read that is not hidden. What git does at a
 * remote on this machine (its hooks, its owner's files) is as free as it would be for the operator.
 */
function networkSandbox(call: GitCall, hidden: Hidden): Sandbox {
  const { readable, writable } = placesOf(call);
  const isThere = call.pathRemote !== 'none';
  return {
    runs: 'git',
    view: 'all',
    readable,
    writable: call.pathRemote === 'written' ? ['/', ...writable] : [...writable, ...knownHosts(call.env)],
    hidden: { folders: present(hidden.folders), files: present(hidden.files) },
    hasNetwork: true,
    capabilities: isThere ? rootsFiles : ['CAP_DAC_READ_SEARCH'],
    isOtherUser: call.isOtherUser,
  };
}

const rootsFiles = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
] as const;

/** The one file that ssh has to add to; the rest of the home is read only, and so safe from a hostile server. */
function knownHosts(env: GitCall['env']): readonly string[] {
  const home = env['HOME'];
  return home === undefined || !isAbsolute(home) ? [] : [join(home, '.ssh', 'known_hosts')];
}

interface Places {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

function placesOf(call: GitCall): Places {
  const { gitDir, env } = call;
  const staged = env['GIT_OBJECT_DIRECTORY'];
  const index = env['GIT_INDEX_FILE'];
  const others = (env['GIT_ALTERNATE_OBJECT_DIRECTORIES'] ?? '').split(':').filter((path) => path !== '');
  const clone = gitDir === undefined ? null : cloneBehind(gitDir);
  const workTree = env['GIT_WORK_TREE'];
  const own = gitDir === undefined ? [] : [gitDir];
  // Objects that come from outside are looked at with the repository out of reach.
  const isUntouched = staged !== undefined || clone !== null;
  const objects = gitDir === undefined ? [] : borrowed(join(gitDir, 'objects'));
  return {
    readable: [
      ...call.reads,
      ...call.reads.flatMap((path) => borrowed(join(path, 'objects'))),
      ...(isUntouched ? own : []),
      ...objects,
      ...others,
      ...(workTree === undefined ? [] : [workTree]),
      ...(clone?.readable ?? []),
    ],
    writable: [
      ...(isUntouched ? [] : own),
      ...(clone?.writable ?? []),
      ...(staged === undefined ? [] : [staged]),
      ...(index === undefined ? [] : [dirname(index)]),
    ],
  };
}

/** Whether it is the daemon's own: not the view of a user's clone. */
export function isOwnStore(gitDir: string | undefined): boolean {
  return gitDir !== undefined && cloneBehind(gitDir) === null;
}

/** A view of a user's clone is a folder of links: what they lead to, but not what git would run there. */
function cloneBehind(gitDir: string): Places | null {
  const objects = resolved(join(gitDir, 'objects'));
  if (objects === null || objects === join(resolved(gitDir) ?? gitDir, 'objects')) return null;
  const common = dirname(resolved(join(gitDir, 'refs')) ?? objects);
  return {
    writable: [common, objects],
    readable: [join(common, 'hooks'), join(common, 'config'), ...borrowed(objects)],
  };
}

/** Only what is there can be covered, and under its real name. */
function present(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => resolved(path) ?? []))];
}

const deepestAlternates = 5;

/** Objects folders that this one borrows from, and those that they borrow from. */
export function borrowed(objects: string, depth = deepestAlternates): readonly string[] {
  if (depth === 0) return [];
  const lines = textOf(join(objects, 'info', 'alternates')).split('\n');
  const folders = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (isAbsolute(line) ? line : join(objects, line)));
  return folders.flatMap((folder) => [folder, ...borrowed(folder, depth - 1)]);
}

function resolved(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
