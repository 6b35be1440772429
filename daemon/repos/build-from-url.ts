/** Fills a new repository from a URL: remote-tracking branches, tags, the default branch and HEAD. */
import { GitisoError } from '../../shared/errors';
import type { RemoteUrl } from '../remote/remote-url';
import type { AddRequest, AddSurroundings, BuiltCopy } from './add-repository';
import { writeHead } from './bare-repository';
import { fetchRemote, listRemote, type RemoteListing } from './fetch-remote';
import { listRefs, localLimits, moveRefs } from './git-refs';
import { requireSuccess } from '../git/host-git';
import { createProgressParser } from './parse-progress';
import type { RepoContext } from './repo-context';
import { zeroOid } from '../../shared/ids';

/** Throws 'repo-unreachable', 'repo-unusable', 'revision-not-found', 'storage-failed', 'timed-out'. */
export async function buildFromUrl(
  context: RepoContext,
  gitDir: string,
  remote: RemoteUrl,
  request: AddRequest,
  surroundings: AddSurroundings,
): Promise<BuiltCopy> {
  const { report, signal } = surroundings;
  const timeoutMs = context.config.current().git.networkTimeoutMs;
  report('connecting', null, 'asking the remote');
  const listing = await listRemote(context.git, remote, { timeoutMs, signal });
  const defaultRef = chooseDefault(listing, request.singleBranch);
  const defaultBranch = defaultRef?.replace('refs/heads/', '') ?? 'main';
  // As git does it: a shallow copy is of one branch.
  const isSingle = request.singleBranch !== undefined || request.depth !== undefined;
  const singleBranch = isSingle ? defaultBranch : null;

  if (listing.refs.size > 0) {
    report('fetching', null, 'fetching');
    await fetchRemote({
      git: context.git,
      gitDir,
      remote,
      refspecs: [trackingRefspec(singleBranch)],
      tags: isSingle ? 'follow' : 'all',
      prune: false,
      depth: request.depth ?? null,
      timeoutMs,
      signal,
      onStderr: createProgressParser((progress) =>
        report(progress.stage, progress.percent, progress.message),
      ),
    });
    await createDefaultBranch(context, gitDir, defaultBranch);
    requireSuccess(
      await context.git.run(['pack-refs', '--all'], { gitDir, ...localLimits }),
      'the refs could not be packed',
    );
  }
  await writeHead(gitDir, `ref: refs/heads/${defaultBranch}`);
  return { defaultBranch, remoteUrl: request.location, remote: remote.display, singleBranch };
}

/** Where the remote's branches go. */
export function trackingRefspec(singleBranch: string | null): string {
  const name = singleBranch ?? '*';
  return `+refs/heads/${name}:refs/remotes/origin/${name}`;
}

function chooseDefault(listing: RemoteListing, singleBranch: string | undefined): string | null {
  if (singleBranch !== undefined) {
    const ref = `refs/heads/${singleBranch}`;
    if (listing.refs.has(ref)) return ref;
    throw new GitisoError('revision-not-found', `the remote has no branch ${singleBranch}`);
  }
  if (listing.head !== null) return listing.head;
  const branches = [...listing.refs.keys()].filter((ref) => ref.startsWith('refs/heads/'));
  return (
    ['refs/heads/main', 'refs/heads/master'].find((ref) => branches.includes(ref)) ?? branches[0] ?? null
  );
}

/** `refs/heads/<default>` starts at `origin/<default>`, and `origin` alone means it, as in any clone. */
async function createDefaultBranch(
  context: RepoContext,
  gitDir: string,
  defaultBranch: string,
): Promise<void> {
  const tracking = `refs/remotes/origin/${defaultBranch}`;
  const value = (await listRefs(context.git, { gitDir }, [tracking])).get(tracking);
  if (value === undefined) return;
  await moveRefs(context.git, { gitDir }, [{ ref: `refs/heads/${defaultBranch}`, old: zeroOid, new: value }]);
  requireSuccess(
    await context.git.run(['symbolic-ref', 'refs/remotes/origin/HEAD', tracking], { gitDir, ...localLimits }),
    'origin/HEAD could not be set',
  );
}
