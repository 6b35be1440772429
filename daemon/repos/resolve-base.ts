/** Finds the commit that a base names in a repository, and how far it is behind its upstream. Reads only. */
import { GitisoError } from '../../shared/errors';
import { isOid, isRefName, zeroOid, type Oid, type RefName } from '../../shared/ids';
import { requireSuccess, type HostGit } from '../git/host-git';
import { localLimits } from './git-refs';

export interface ResolvedBase {
  readonly commit: Oid;
  /** What the text named; null for a commit id or a detached HEAD. */
  readonly ref: RefName | null;
  /** The remote-tracking branch of a local branch, null when there is none. */
  readonly upstream: RefName | null;
  /** Commits that the upstream has and the base lacks; null without an upstream. */
  readonly behind: number | null;
  /** Commit date, UTC, ISO 8601; null without any commit. */
  readonly committedAt: string | null;
}

/**
 * `text` is a branch, a remote branch (`origin/x` or `x`), a tag, a full ref name, `HEAD`, or a commit id of at
 * least 7 digits, in this order. `commit` is zeroOid for a repository without any commit. Throws 'revision-not-found'.
 */
export async function resolveBase(git: HostGit, gitDir: string, text: string): Promise<ResolvedBase> {
  const ref = text === 'HEAD' ? null : await findRef(git, gitDir, text);
  if (ref === null && text !== 'HEAD' && !/^[0-9a-f]{7,40}$/.test(text)) throw notFound(text);
  const name = ref ?? text;
  const answer = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], {
    gitDir,
    ...localLimits,
  });
  const commit = answer.stdout.toString('latin1').trim();
  if (answer.exitCode !== 0 || !isOid(commit)) {
    if (text === 'HEAD' && (await isWithoutCommits(git, gitDir))) {
      return { commit: zeroOid, ref: null, upstream: null, behind: null, committedAt: null };
    }
    throw notFound(text);
  }
  const [comparison, committedAt] = await Promise.all([
    compareWithUpstream(git, gitDir, ref, commit),
    commitDate(git, gitDir, commit),
  ]);
  return { commit, ref, ...comparison, committedAt };
}

async function findRef(git: HostGit, gitDir: string, text: string): Promise<RefName | null> {
  const candidates = [
    text,
    `refs/heads/${text}`,
    `refs/remotes/${text}`,
    `refs/remotes/origin/${text}`,
    `refs/tags/${text}`,
  ]
    .filter(isRefName)
    // Snapshots and the like are not for building on by name.
    .filter((ref) => /^refs\/(heads|remotes|tags)\//.test(ref));
  if (candidates.length === 0) return null;
  const { stdout } = requireSuccess(
    await git.run(['for-each-ref', '--format=%(refname)', ...candidates], { gitDir, ...localLimits }),
    'the refs could not be listed',
  );
  const found = new Set(stdout.toString('latin1').split('\n'));
  return candidates.find((ref) => found.has(ref)) ?? null;
}

async function compareWithUpstream(
  git: HostGit,
  gitDir: string,
  ref: RefName | null,
  commit: Oid,
): Promise<Pick<ResolvedBase, 'upstream' | 'behind'>> {
  if (ref === null || !ref.startsWith('refs/heads/')) return { upstream: null, behind: null };
  const upstream = await findRef(git, gitDir, ref.replace('refs/heads/', 'refs/remotes/origin/'));
  if (upstream === null) return { upstream: null, behind: null };
  const { stdout } = requireSuccess(
    await git.run(['rev-list', '--count', `${commit}..${upstream}`, '--'], { gitDir, ...localLimits }),
    'the base could not be compared with its upstream',
  );
  return { upstream, behind: Number(stdout.toString('latin1')) };
}

async function commitDate(git: HostGit, gitDir: string, commit: Oid): Promise<string> {
  const { stdout } = requireSuccess(
    await git.run(['rev-list', '--max-count=1', '--no-commit-header', '--format=%ct', commit, '--'], {
      gitDir,
      ...localLimits,
    }),
    'the base could not be read',
  );
  return new Date(Number(stdout.toString('latin1')) * 1000).toISOString();
}

async function isWithoutCommits(git: HostGit, gitDir: string): Promise<boolean> {
  const { stdout } = await git.run(['for-each-ref', '--count=1', 'refs/heads/'], { gitDir, ...localLimits });
  return stdout.length === 0;
}

function notFound(text: string): GitisoError {
  return new GitisoError(
    'revision-not-found',
    `the repository has no branch, tag or commit ${JSON.stringify(text.slice(0, 80))}`,
  );
}
