/**
 * Fetches from a remote into a repository of the daemon's with the host's credentials. The URL is handed over as
 * configuration of the one call: nothing of it, nor a credential, is ever written into the repository.
 */
import { GitisoError, isGitisoError } from '../../shared/errors';
import { isOid, isRefName, type Oid } from '../../shared/ids';
import { lastLines, type GitResult, type GitRunOptions, type HostGit } from '../git/host-git';
import type { GitConfigEntry } from '../git/host-git-environment';
import { removeUnfinishedPacks } from '../git/remove-leftovers';
import type { RemoteUrl } from '../remote/remote-url';

export interface FetchOptions {
  readonly git: HostGit;
  readonly gitDir: string;
  readonly remote: RemoteUrl;
  /** Fully qualified refspecs; the daemon's own. */
  readonly refspecs: readonly string[];
  readonly tags: 'all' | 'follow' | 'none';
  readonly prune: boolean;
  /** Commits; null: everything (and a shallow repository stays as deep as it is). */
  readonly depth: number | null;
  /** How much git tells on standard error; '--progress' when left out. */
  readonly verbosity?: readonly ('--quiet' | '--verbose' | '--progress')[];
  /** Added to the configuration of the call. */
  readonly config?: readonly GitConfigEntry[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onStderr?: (text: string) => void;
}

/** Needs the repository's operation lock. Throws 'repo-unreachable' with git's reason, 'timed-out', 'request-cancelled'. */
export async function fetchRemote(options: FetchOptions): Promise<void> {
  try {
    requireReachable(await runFetch(options));
  } catch (error) {
    await removeUnfinishedPacks(options.gitDir);
    throw error;
  }
}

function runFetch(options: FetchOptions): Promise<GitResult> {
  const tagOption = { all: ['--tags', '--force'], follow: [], none: ['--no-tags'] }[options.tags];
  return options.git.run(
    [
      'fetch',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      ...(options.verbosity ?? ['--progress']),
      ...tagOption,
      ...(options.prune ? ['--prune'] : []),
      ...(options.depth === null ? [] : [`--depth=${options.depth}`]),
      '--end-of-options',
      'origin',
    ],
    {
      gitDir: options.gitDir,
      ...networkOptions(options.remote, options),
      config: [
        ...remoteConfig(options.remote),
        ...options.refspecs.map((spec) => ['remote.origin.fetch', spec] as const),
        ...(options.config ?? []),
      ],
    },
  );
}

export interface RemoteListing {
  /** The branch the remote's HEAD names, null when it tells none. */
  readonly head: string | null;
  readonly refs: ReadonlyMap<string, Oid>;
}

/** Asks what the remote has. Throws as `fetchRemote`, and 'repo-unusable' for SHA-256 repositories. */
export async function listRemote(
  git: HostGit,
  remote: RemoteUrl,
  options: Parameters<typeof networkOptions>[1],
): Promise<RemoteListing> {
  const result = await git.run(['ls-remote', '--symref', '--end-of-options', remote.url], {
    ...networkOptions(remote, options),
    outputLimitBytes: 256 * 1024 * 1024,
  });
  return parseRemoteListing(requireReachable(result).stdout.toString('latin1'));
}

export function parseRemoteListing(text: string): RemoteListing {
  let head: string | null = null;
  const refs = new Map<string, Oid>();
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: ') && name === 'HEAD') head = value.slice('ref: '.length);
    else if (isOid(value)) refs.set(name, value);
    else if (/^[0-9a-f]{64}$/.test(value)) {
      throw new GitisoError('repo-unusable', 'its object format is sha256; only sha1 is supported');
    }
  }
  return { head: head !== null && isRefName(head) ? head : null, refs };
}

/** Profile, deadline and credentials of one call that talks to a remote. */
export function networkOptions(
  remote: RemoteUrl,
  options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
    readonly onStderr?: (text: string) => void;
  },
): GitRunOptions {
  return {
    profile: 'network',
    pathRemote: remote.protocol === 'file' ? 'read' : 'none',
    config: remote.config,
    timeoutMs: options.timeoutMs,
    outputLimitBytes: 16 * 1024 * 1024,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onStderr === undefined ? {} : { onStderr: options.onStderr }),
  };
}

/** Makes `origin` mean the remote for one call. */
export function remoteConfig(remote: RemoteUrl): readonly GitConfigEntry[] {
  return [['remote.origin.url', remote.url], ...remote.config];
}

function requireReachable(result: GitResult): GitResult {
  if (result.exitCode === 0) return result;
  const reason = lastLines(result.stderr);
  if (/No space left on device|Disk quota exceeded|Read-only file system/.test(result.stderr)) {
    throw new GitisoError('storage-failed', `what the remote sent could not be stored: ${reason}`);
  }
  const isRedirect = /returned error: 30[1278]/.test(reason);
  throw new GitisoError('repo-unreachable', `the remote could not be read: ${reason}`, {
    ...(isRedirect ? { hint: 'the server redirects; register the URL that it redirects to' } : {}),
  });
}

/** Whether a fetch failed for reasons of the remote or the network, not of this machine. */
export function isRemoteFailure(error: unknown): boolean {
  return isGitisoError(error) && ['repo-unreachable', 'timed-out'].includes(error.code);
}
