/**
 * Brings a repository up to date: with the user's clone (no network), with its remote (host credentials), or both.
 * Never moves a branch of an agent.
 */
import { GitisoError } from '../../shared/errors';
import { zeroOid } from '../../shared/ids';
import { crashPoint } from '../crash-points';
import { isCloneOrigin, networkRemote } from '../remote/agent-remote';
import { trackingRefspec } from './build-from-url';
import type { CloneView } from './clone-view';
import { hiddenNames, ownedBranches } from './agent-names';
import { fetchRemote, type FetchOptions } from './fetch-remote';
import { findClone } from './find-clone';
import { compareRefs, listRefs, moveRefs, type RefMove } from './git-refs';
import { mirrorClone } from './mirror-clone';
import { showRefs } from './private-store';
import { recordMoves } from './record-moves';
import { handOver, readPublished } from './published-file';
import type { RepoContext } from './repo-context';
import type { RepoRecord } from './repo-registry';

export interface UpdateScope {
  readonly clone: boolean;
  readonly remote: boolean;
  readonly signal?: AbortSignal;
  readonly onStderr?: (text: string) => void;
  readonly verbosity?: FetchOptions['verbosity'];
  /** For the audit log and the event. */
  readonly origin: {
    readonly agent: string | null;
    readonly method: string;
    readonly argv: readonly string[];
    readonly cause: string;
  };
}

/**
 * Needs the repository's operation lock. Returns what moved. Throws 'repo-unreachable', 'storage-failed',
 * 'timed-out'; what moved before is recorded then too.
 */
export async function updateRepository(
  context: RepoContext,
  record: RepoRecord,
  scope: UpdateScope,
): Promise<readonly RefMove[]> {
  const place = { gitDir: record.directory };
  const owned = ownedBranches(context, record);
  const before = await listRefs(context.git, place, mirroredNamespaces);
  const { agent, method, argv } = scope.origin;
  const about = { repo: record.id, created: record.createdAt, agent, method, argv, asked: [] };
  const operation = await context.operations.begin({ ...about, traces: 'refs' }, before);
  crashPoint('repo-fetch:started');
  const finish = async (): Promise<readonly RefMove[]> => {
    const after = await listRefs(context.git, place, mirroredNamespaces);
    const ownedNow = ownedBranches(context, record);
    const moves = compareRefs(before, after).filter(({ ref }) => !owned.has(ref) && !ownedNow.has(ref));
    crashPoint('repo-fetch:moved');
    await recordMoves(context, record.id, moves, { ...scope.origin, operation: operation.seq });
    operation.end();
    if (record.privateAgents && moves.length > 0) await showRefs(context, record.id, moves);
    crashPoint('repo-fetch:done');
    return moves;
  };
  try {
    if (scope.clone && record.cloneDir !== null) await updateFromClone(context, record, scope);
    if (scope.remote) await updateFromRemote(context, record, owned, scope);
  } catch (error) {
    await finish().catch(() => operation.leave());
    throw error;
  }
  return finish();
}

const mirroredNamespaces = ['refs/heads/', 'refs/tags/', 'refs/remotes/'];

/** Throws 'repo-unreachable' when the clone is not where it was. */
export async function openClone(context: RepoContext, record: RepoRecord): Promise<CloneView> {
  const clone = record.cloneDir === null ? null : await findClone(record.cloneDir).catch(() => null);
  if (clone === null || clone.commonDir !== record.cloneDir) {
    throw new GitisoError('repo-unreachable', "the user's clone is not where it was", {
      hint: 'put it back, or remove the repository and add it again',
    });
  }
  return context.views.open(clone);
}

async function updateFromClone(context: RepoContext, record: RepoRecord, scope: UpdateScope): Promise<void> {
  const { moved, refused } = await mirrorClone({
    git: context.git,
    clone: await openClone(context, record),
    gitDir: record.directory,
    findAgents: async () => {
      const [published, hidden] = await Promise.all([
        readPublished(context.layout, record.id),
        hiddenNames(context, record),
      ]);
      // Last: who owns a branch is noted before it can be published.
      return { published, hidden, owned: ownedBranches(context, record) };
    },
    isOrigin: isCloneOrigin(record),
    alsoWanted: [],
    linkFrom: null,
    timeoutMs: context.config.current().git.networkTimeoutMs,
    ...(scope.onStderr === undefined ? {} : { onStderr: scope.onStderr }),
  });
  if (moved.length > 0) await handOver(context.layout, record.id, new Set(moved.map(({ ref }) => ref)));
  if (refused.length > 0) {
    context.log.warn('some refs of the clone could not be taken over', {
      repo: record.id,
      count: refused.length,
    });
  }
}

async function updateFromRemote(
  context: RepoContext,
  record: RepoRecord,
  owned: ReadonlySet<string>,
  scope: UpdateScope,
): Promise<void> {
  const remote = networkRemote(record);
  if (remote === null) return;
  const hidden = await hiddenNames(context, record);
  await fetchRemote({
    git: context.git,
    gitDir: record.directory,
    remote,
    refspecs: [trackingRefspec(record.singleBranch), ...[...hidden].map((ref) => `^${ref}`)],
    tags: record.singleBranch === null ? 'all' : 'follow',
    prune: true,
    depth: null,
    timeoutMs: context.config.current().git.networkTimeoutMs,
    ...(scope.verbosity === undefined ? {} : { verbosity: scope.verbosity }),
    ...(scope.signal === undefined ? {} : { signal: scope.signal }),
    ...(scope.onStderr === undefined ? {} : { onStderr: scope.onStderr }),
  });
  if (record.cloneDir === null) await followDefaultBranch(context, record, owned);
  await context.registry.put({ ...record, fetchedAt: context.now().toISOString() });
}

/** In a repository from a URL nobody but the daemon moves the default branch: it is where the remote has it. */
async function followDefaultBranch(
  context: RepoContext,
  record: RepoRecord,
  owned: ReadonlySet<string>,
): Promise<void> {
  const branch = `refs/heads/${record.defaultBranch}`;
  if (owned.has(branch)) return;
  const place = { gitDir: record.directory };
  const tracking = `refs/remotes/origin/${record.defaultBranch}`;
  const refs = await listRefs(context.git, place, [branch, tracking]);
  const value = refs.get(tracking);
  if (value === undefined || value === refs.get(branch)) return;
  await moveRefs(context.git, place, [{ ref: branch, old: refs.get(branch) ?? zeroOid, new: value }]);
}
