/**
 * Builds every part of the daemon in order and stops them in reverse. The parts know each other only through what
 * they are given here; this file decides nothing else.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createAgentLife } from './agents/agent-life';
import type { AgentRegistry } from './agents/agent-registry';
import { composeIntake } from './compose-intake';
import { composeRegistries, createLifeOf } from './compose-registries';
import { composeHostGit, knownVersions } from './compose-host-git';
import { composeStorage, type Storage } from './compose-storage';
import type { ConfigSource } from './config/config-source';
import { createEventBus } from './events/event-bus';
import { createCommitEngine } from './git/create-commit-engine';
import { createRefUpdates } from './git/create-ref-updates';
import { endOrphans } from './git/end-orphans';
import { createOperations } from './git/operations';
import type { HostGit } from './git/host-git';
import { createRefQueue } from './git/ref-queue';
import type { Intake } from './intake/intake';
import { createLayout, type Layout } from './layout';
import { createLifecycle, type DrainableLifecycle, type Lifecycle } from './lifecycle';
import type { RootLogger } from './log';
import { createReleaseStack, type ReleaseStack } from './release-stack';
import { createCloneViews } from './repos/clone-view';
import { createOperationQueue } from './repos/operation-queue';
import { createPublisher } from './repos/publisher';
import type { RepoContext } from './repos/repo-context';
import type { RepoRegistry } from './repos/repo-registry';
import { createReposService } from './repos/repos-service';
import { tidyStores } from './repos/tidy-stores';
import { createDockerRuntime } from './runtime/docker';
import { openSockets } from './open-sockets';
import type { ProcessFacts, Services } from './services';
import { makeStateDirectories } from './state-directories';
import { acquireStateLock } from './state-lock';
import { tidyState } from './tidy-state';
import { watchConfig } from './watch/config-watcher';
import { watchRepositories } from './watch/watch-repositories';

export interface DaemonOptions {
  readonly config: ConfigSource;
  readonly log: RootLogger;
  readonly version: string;
  /** The directory that holds `daemon/` and `client/` of the built program. */
  readonly buildDirectory: string;
  /** Group of the admin socket; null: the daemon's own user alone. */
  readonly adminGid: number | null;
  readonly process: ProcessFacts;
  /** Check what handlers return against the schemas (for tests). */
  readonly checkResults: boolean;
  readonly now: () => Date;
}

export interface Daemon {
  readonly lifecycle: Lifecycle;
  /** Lets changes under way finish within the configured time, then stops everything. Agents keep running. */
  readonly stop: () => Promise<void>;
}

/** A part that takes longer to stop is left behind. */
const releaseDeadlineMs = 15_000;

/** Resolves when the daemon serves. When a part cannot start, those that did are stopped again and it throws. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, log } = options;
  const lifecycle = createLifecycle(options.now());
  const releases = createReleaseStack(log, releaseDeadlineMs);
  try {
    await composeAll(options, lifecycle, releases);
  } catch (error) {
    await releases.releaseAll();
    throw error;
  }
  return {
    lifecycle,
    stop: async () => {
      const { drainTimeoutMs } = config.current();
      if (!(await lifecycle.drain(drainTimeoutMs))) log.warn('requests were cut off', { drainTimeoutMs });
      await releases.releaseAll();
    },
  };
}

async function composeAll(
  options: DaemonOptions,
  lifecycle: DrainableLifecycle,
  releases: ReleaseStack,
): Promise<void> {
  const { config, log, now } = options;
  const { stateDirectory, runDirectory, docker } = config.current();
  const layout = createLayout(stateDirectory, runDirectory);
  await makeStateDirectories(layout);
  const lock = await acquireStateLock(stateDirectory, options.process.pid);
  releases.add('state lock', lock.release);
  const wasRebooted = lock.before === 'rebooted';
  const orphans = await endOrphans(stateDirectory);
  if (orphans > 0) log.warn('ended processes of a daemon that was killed', { count: orphans });
  await tidyState(layout, wasRebooted, log);
  releases.add('log level', endNow(config.onChange((changed) => log.setLevel(changed.log.level))));

  const { hostGit, confinement } = await composeHostGit(options, layout, releases);
  const events = createEventBus(now);
  const registries = await composeRegistries({ layout, log, releases });
  const storage = await composeStorage({
    ...options,
    layout,
    hostGit,
    confinement,
    releases,
    wasRebooted,
    ...registries,
  });
  await tidyStores({ layout, git: hostGit, log, ...registries });
  const intake = composeIntake(options, { layout, agents: registries.agents });
  const { commits, refs } = composeGit(options, { layout, events, storage, intake, ...registries });

  const repoContext = createRepoContext(options, { layout, hostGit, events, storage, ...registries });
  const reposService = createReposService(repoContext);
  releases.add('operations on repositories', reposService.idle);
  const publisher = createPublisher(repoContext);
  releases.add('publication', publisher.stop);

  const runtime = createDockerRuntime({
    socketPath: docker.socket,
    stateHash: createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16),
    timeoutMs: docker.requestTimeoutMs,
  });
  const sockets = openSockets(options, { lifecycle, events, layout, storage, ...registries });
  const agentLife = createAgentLife({
    layout,
    registry: registries.agents,
    repos: registries.repos,
    reposService,
    runtime,
    refs,
    git: hostGit,
    events,
    config,
    openAgentSocket: sockets.openAgentSocket,
    checkpoint: storage.checkpoint,
    log,
    now,
  });
  releases.add("agents' sockets and background work", agentLife.end);

  const versions = await knownVersions(options, hostGit);
  const services: Services = {
    config,
    layout,
    log,
    now,
    lifecycle,
    events,
    audit: storage.audit,
    ...registries,
    agentLife,
    createConcurrency: () => config.current().docker.createConcurrency,
    reposService,
    repoContext,
    hostGit,
    runtime,
    commits,
    intake,
    refs,
    workers: storage.workers,
    connections: sockets.connections,
    versions,
    confinement: confinement.report,
    process: options.process,
  };
  sockets.useHandlers(services);
  await agentLife.begin();
  publisher.scheduleAll();
  startWatching(options, repoContext, releases, {
    syncClone: reposService.syncClone,
    schedulePublication: publisher.schedule,
  });
  const admin = await sockets.openAdmin();
  releases.add('admin socket', admin.close);
}

interface Parts {
  readonly layout: Layout;
  readonly events: Services['events'];
  readonly storage: Storage;
  readonly agents: AgentRegistry;
  readonly repos: RepoRegistry;
}

function composeGit(
  options: DaemonOptions,
  parts: Parts & { readonly intake: Intake },
): Pick<Services, 'commits' | 'refs'> {
  const { config, log, now } = options;
  const { journal, audit, workers, answers } = parts.storage;
  const { events, agents, repos, intake } = parts;
  const repoGit = parts.layout.storeGit;
  const moves = { journal, audit, workers, log, events, queue: createRefQueue(), now, repoGit };
  const rules = () => ({ ...config.current().limits, ...config.current().policy });
  return {
    commits: createCommitEngine({ ...moves, agents, repos, intake, answers, rules }),
    refs: createRefUpdates({ ...moves, lifeOf: createLifeOf(parts) }),
  };
}

function createRepoContext(
  options: DaemonOptions,
  parts: Parts & { readonly hostGit: HostGit },
): RepoContext {
  const { layout, hostGit, events, storage, agents, repos } = parts;
  const { uid, gid } = options.process;
  return {
    layout,
    git: hostGit,
    registry: repos,
    agents,
    audit: storage.audit,
    operations: createOperations({ journal: storage.journal, now: options.now }),
    events,
    config: options.config,
    log: options.log,
    now: options.now,
    self: { uid, gid },
    views: createCloneViews(join(layout.repos, '.clone-views'), uid === 0),
    queue: createOperationQueue(),
  };
}

function startWatching(
  { config, log }: DaemonOptions,
  context: RepoContext,
  releases: ReleaseStack,
  actions: Parameters<typeof watchRepositories>[1],
): void {
  if (!config.current().watch.enabled) return;
  releases.add('watch on the configuration', watchConfig(config, log).close);
  releases.add('watches on repositories', watchRepositories(context, actions).close);
}

function endNow(end: () => void): () => undefined {
  return () => {
    end();
    return undefined;
  };
}
