/**
 * Decides when agents' branches are published: soon after a commit, off its path, several commits together, one
 * publication at a time per repository. What failed is logged, and tried again with the next commit or after a while.
 */
import type { RepoId } from '../../shared/ids';
import { publishBranches, type PublishResult } from './publish';
import type { RepoContext } from './repo-context';

export interface Publisher {
  /** Publishes what is not published yet, after the configured delay. */
  readonly schedule: (repo: RepoId) => void;
  /** For the start of the daemon: everything that was committed while nobody published. */
  readonly scheduleAll: () => void;
  /** Publishes what is waiting at once and resolves when nothing is under way. Nothing is scheduled afterwards. */
  readonly stop: () => Promise<void>;
}

/** A busy repository may use up to a quarter of the time for publication, and waits at most this long. */
const longestPauseMs = 700;

const notTaken = 'the clone does not take it now: a branch is in the way of its name, or it is locked';

/** After a failure: it doubles from the first to the last. */
const [firstRetryMs, lastRetryMs] = [1_000, 60_000];

/** Listens to the event bus from now on. */
export function createPublisher(context: RepoContext): Publisher {
  const waiting = new Map<RepoId, NodeJS.Timeout>();
  const running = new Map<RepoId, Promise<void>>();
  const again = new Set<RepoId>();
  const retries = new Map<RepoId, number>();
  const reported = new Map<string, string>();
  let isStopped = false;

  const start = (repo: RepoId): void => {
    waiting.delete(repo);
    const startedAt = performance.now();
    const run = publishOnce(context, repo, reported).then((isComplete) => {
      running.delete(repo);
      const retryMs = isComplete ? firstRetryMs : (retries.get(repo) ?? firstRetryMs);
      if (isComplete) retries.delete(repo);
      else retries.set(repo, Math.min(2 * retryMs, lastRetryMs));
      if (again.delete(repo)) wait(repo, Math.min(3 * (performance.now() - startedAt), longestPauseMs));
      else if (!isComplete && !isStopped) wait(repo, retryMs);
    });
    running.set(repo, run);
  };

  const wait = (repo: RepoId, leastMs: number): void => {
    const delayMs = isStopped ? 0 : Math.max(context.config.current().publish.delayMs, leastMs);
    waiting.set(
      repo,
      setTimeout(() => start(repo), delayMs),
    );
  };

  const schedule = (repo: RepoId): void => {
    if (isStopped || !isPublished(context, repo)) return;
    if (running.has(repo)) again.add(repo);
    else if (!waiting.has(repo)) wait(repo, 0);
  };

  const unsubscribe = context.events.subscribe((event) => {
    const isMove = event.topic === 'commits' || (event.topic === 'refs' && event.agent !== null);
    const repo =
      event.repo === null ? undefined : context.registry.list().find(({ id }) => id === event.repo);
    if (isMove && repo !== undefined && event.data['cause'] !== 'publish') schedule(repo.id);
  });

  return {
    schedule,
    scheduleAll: () => {
      for (const { id } of context.registry.list()) schedule(id);
    },
    stop: async () => {
      unsubscribe();
      isStopped = true;
      for (const [repo, timer] of [...waiting]) {
        clearTimeout(timer);
        start(repo);
      }
      while (running.size > 0 || waiting.size > 0) {
        await Promise.all(running.values());
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

function isPublished(context: RepoContext, repo: RepoId): boolean {
  const record = context.registry.get(repo);
  return record?.publish === true && record.cloneDir !== null && context.config.current().publish.enabled;
}

/** Never throws. False: not all that may be published is. */
async function publishOnce(
  context: RepoContext,
  repo: RepoId,
  reported: Map<string, string>,
): Promise<boolean> {
  const record = context.registry.get(repo);
  if (record === undefined || !isPublished(context, repo)) return true;
  try {
    const publish = () => publishBranches(context, record);
    const waitMs = context.config.current().git.networkTimeoutMs;
    const result = record.privateAgents
      ? await context.queue.run(`repository ${repo}`, waitMs, publish)
      : await publish();
    for (const { ref } of result.published) reported.delete(`${repo} ${ref}`);
    const refused = result.refused.map(({ ref, old }) => ({ ref, theirs: old, reason: notTaken }));
    for (const branch of [...result.kept, ...refused]) reportKept(context, repo, branch, reported);
    reported.delete(repo);
    return result.refused.length === 0;
  } catch (error) {
    // Once per reason, not once per attempt.
    const reason = error instanceof Error ? error.message : String(error);
    if (reported.get(repo) !== reason)
      context.log.warn("agents' branches could not be published", { repo, error });
    reported.set(repo, reason);
    return false;
  }
}

/** The user should know that a branch in the clone stays behind; once for each value it stays at. */
function reportKept(
  context: RepoContext,
  repo: RepoId,
  branch: PublishResult['kept'][number],
  reported: Map<string, string>,
): void {
  const key = `${repo} ${branch.ref}`;
  const what = `${branch.theirs} ${branch.reason}`;
  if (reported.get(key) === what) return;
  reported.set(key, what);
  context.log.warn('a branch was not published', { repo, ref: branch.ref, reason: branch.reason });
  const agent = context.agents.list().find((one) => one.repo === repo && one.ref === branch.ref);
  context.events.publish({
    topic: 'refs',
    agent: agent?.id ?? null,
    repo,
    data: { cause: 'publish', refused: true, ref: branch.ref, reason: branch.reason },
  });
}
