/**
 * The operations on repositories, each under the repository's lock and with a deadline: what the methods, the
 * creation of agents and the watchers call.
 */
import type { RepoId } from '../../shared/ids';
import { GitisoError } from '../../shared/errors';
import { addRepository, type AddRequest } from './add-repository';
import { isRemoteFailure } from './fetch-remote';
import type { RefMove } from './git-refs';
import { createProgressParser } from './parse-progress';
import { removeRepository } from './remove-repository';
import type { RepoContext, ReportProgress } from './repo-context';
import type { RepoRecord } from './repo-registry';
import { resolveBase, type ResolvedBase } from './resolve-base';
import { updateRepository, type UpdateScope } from './update-repository';

export interface ReposService {
  readonly add: (
    request: AddRequest,
    options: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ) => Promise<RepoRecord>;
  /** Fetches from the clone and the remote. Throws 'repo-unreachable', 'timed-out'. */
  readonly fetch: (
    repo: RepoId,
    options?: { readonly report?: ReportProgress },
  ) => Promise<readonly RefMove[]>;
  /**
   * For the creation of agents: waits at most `waitMs` for a fetch (which then goes on by itself), and not at all
   * when the last one ended within `maxAgeMs`. Never throws: `fetched` tells whether the repository is up to date.
   */
  readonly refresh: (
    repo: RepoId,
    options: { readonly waitMs: number; readonly maxAgeMs?: number },
  ) => Promise<{ readonly fetched: boolean; readonly reason: string | null }>;
  /** Takes over what changed in the user's clone; no network. Throws as `fetch`. */
  readonly syncClone: (repo: RepoId) => Promise<readonly RefMove[]>;
  /** An update on behalf of an agent's `git fetch`. */
  readonly update: (repo: RepoId, scope: UpdateScope) => Promise<readonly RefMove[]>;
  /** Throws 'revision-not-found'. `text` left out: HEAD. */
  readonly resolveBase: (repo: RepoId, text?: string) => Promise<ResolvedBase>;
  /** Keeps the repository from being removed until the returned function is called. Throws 'repo-not-found'. */
  readonly hold: (repo: RepoId) => () => void;
  /** Runs a task under the repository's lock. Throws 'timed-out' when its turn does not come in time. */
  readonly locked: <T>(repo: RepoId, task: () => Promise<T>) => Promise<T>;
  /** Throws 'repo-not-found', 'repo-in-use', 'storage-failed'. */
  readonly remove: (repo: RepoId, options: { readonly force: boolean }) => Promise<void>;
  /** Resolves when nothing is under way; for the stop of the daemon. */
  readonly idle: () => Promise<void>;
}

export function createReposService(context: RepoContext): ReposService {
  const reserved = new Set<RepoId>();
  const holds = new Map<RepoId, number>();
  const fetchedAt = new Map<RepoId, number>();
  const fetches = new Map<RepoId, Promise<readonly RefMove[]>>();

  const locked: ReposService['locked'] = (repo, task) =>
    context.queue.run(`repository ${repo}`, context.config.current().git.networkTimeoutMs, task);

  const update: ReposService['update'] = (repo, scope) =>
    locked(repo, () => updateRepository(context, context.registry.require(repo), scope));

  const fetch: ReposService['fetch'] = async (repo, options) => {
    const report = options?.report;
    const moves = await update(repo, {
      clone: true,
      remote: true,
      origin: { agent: null, method: 'repo.fetch', argv: [], cause: 'fetch' },
      ...(report === undefined
        ? {}
        : { onStderr: createProgressParser((p) => report(p.stage, p.percent, p.message)) }),
    });
    fetchedAt.set(repo, performance.now());
    return moves;
  };

  return {
    add: (request, options) => addRepository(context, request, { ...options, reserved }),
    fetch,
    refresh: async (repo, { waitMs, maxAgeMs = 0 }) => {
      const last = fetchedAt.get(repo);
      if (last !== undefined && performance.now() - last <= maxAgeMs) return { fetched: true, reason: null };
      return waitForFetch(
        context,
        repo,
        shareCall(fetches, repo, () => fetch(repo)),
        waitMs,
      );
    },
    syncClone: (repo) =>
      update(repo, {
        clone: true,
        remote: false,
        origin: { agent: null, method: 'repo.fetch', argv: ['clone'], cause: 'clone' },
      }),
    update,
    resolveBase: (repo, text = 'HEAD') =>
      resolveBase(context.git, context.registry.require(repo).directory, text),
    hold: (repo) => {
      context.registry.require(repo);
      holds.set(repo, (holds.get(repo) ?? 0) + 1);
      return onlyOnce(() => holds.set(repo, (holds.get(repo) ?? 1) - 1));
    },
    locked,
    remove: (repo, { force }) =>
      locked(repo, async () => {
        const record = context.registry.require(repo);
        if ((holds.get(repo) ?? 0) > 0)
          throw new GitisoError('repo-in-use', 'an agent is being created in it');
        await removeRepository(context, record, force);
        fetchedAt.delete(repo);
        holds.delete(repo);
      }),
    idle: context.queue.idle,
  };
}

async function waitForFetch(
  context: Pick<RepoContext, 'log'>,
  repo: RepoId,
  fetching: Promise<readonly RefMove[]>,
  waitMs: number,
): Promise<{ readonly fetched: boolean; readonly reason: string | null }> {
  let timer: NodeJS.Timeout | undefined;
  const outcome = fetching.then(
    () => ({ fetched: true, reason: null }),
    (error: unknown) => {
      const reason = isRemoteFailure(error) && error instanceof Error ? error.message : 'the fetch failed';
      context.log.warn('the fetch before an agent was created failed', { repo, reason, error });
      return { fetched: false, reason };
    },
  );
  const tooLate = new Promise<{ fetched: boolean; reason: string }>((resolve) => {
    timer = setTimeout(
      () => resolve({ fetched: false, reason: `the fetch takes longer than ${waitMs} ms` }),
      waitMs,
    );
  });
  try {
    return await Promise.race([outcome, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Agents that are created at the same time wait for one fetch. */
function shareCall<T>(calls: Map<RepoId, Promise<T>>, key: RepoId, start: () => Promise<T>): Promise<T> {
  const running = calls.get(key);
  if (running !== undefined) return running;
  const call = start().finally(() => calls.delete(key));
  calls.set(key, call);
  return call;
}

function onlyOnce(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
