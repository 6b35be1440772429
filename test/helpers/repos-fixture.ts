/** The daemon's part for repositories in a temporary state directory, with real git and no daemon around it. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentRecord } from '../../daemon/agents/agent-registry';
import type { AuditEntry } from '../../daemon/audit/audit-log';
import type { Config } from '../../daemon/config/schema';
import { createEventBus } from '../../daemon/events/event-bus';
import { createHostGit, type HostGit } from '../../daemon/git/host-git';
import { createLayout } from '../../daemon/layout';
import type { Logger } from '../../daemon/log';
import { createCloneViews } from '../../daemon/repos/clone-view';
import { loadRepoRecords } from '../../daemon/repos/load-repos';
import { createOperationQueue } from '../../daemon/repos/operation-queue';
import type { RepoContext } from '../../daemon/repos/repo-context';
import { createRepoRegistry } from '../../daemon/repos/repo-registry';
import { createReposService, type ReposService } from '../../daemon/repos/repos-service';
import type { RefName, RepoId } from '../../shared/ids';
import type { GitisoEvent } from '../../shared/records';
import { gitEnvironment } from './git';
import { confinedGit } from './confined';
import { tempDir } from './temp-dir';

export interface ReposFixture {
  readonly context: RepoContext;
  readonly service: ReposService;
  readonly git: HostGit;
  readonly audit: readonly AuditEntry[];
  readonly events: readonly GitisoEvent[];
  readonly agents: AgentRecord[];
  readonly add: (location: string, more?: object) => ReturnType<ReposService['add']>;
}

export interface FixtureOptions {
  readonly state?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  readonly networkTimeoutMs?: number;
  readonly limits?: object;
  readonly policy?: object;
}

export const quietLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

export async function makeReposFixture(options: FixtureOptions = {}): Promise<ReposFixture> {
  const state = options.state ?? join(tempDir(), 'state');
  mkdirSync(state, { recursive: true, mode: 0o711 });
  const layout = createLayout(state, join(state, 'run'));
  const git = await createHostGit({
    path: '/usr/bin/git',
    environment: { PATH: gitEnvironment['PATH'], HOME: '/nonexistent', ...options.environment },
    log: quietLog,
    ...(await confinedGit()),
  });
  const audit: AuditEntry[] = [];
  const received: GitisoEvent[] = [];
  const agents: AgentRecord[] = [];
  const events = createEventBus(() => new Date());
  events.subscribe((event) => received.push(event));
  const config = {
    git: {
      networkTimeoutMs: options.networkTimeoutMs ?? 20_000,
      allowedProtocols: options.protocols ?? ['file', 'ssh', 'http', 'https'],
    },
    limits: {
      idleTimeoutMs: 20_000,
      blobBytes: 60 * 1024 * 1024,
      commitBytes: 512 * 1024 * 1024,
      commitPaths: 100_000,
      pathBytes: 4096,
      pathDepth: 128,
      ...options.limits,
    },
    policy: {
      protectedBranches: ['main', 'master'],
      author: 'any',
      committer: 'agent',
      gitlinks: 'deny',
      remotes: [],
      privateAgents: false,
      ...options.policy,
    },
    publish: { enabled: true, delayMs: 20 },
    watch: { enabled: true, delayMs: 20 },
  } as unknown as Config;
  const context: RepoContext = {
    layout,
    git,
    registry: createRepoRegistry(layout, await loadRepoRecords(layout, quietLog)),
    agents: { list: () => agents, damaged: () => [] },
    audit: {
      append: (entry) => {
        audit.push(entry);
        return Promise.resolve({ ...entry, seq: audit.length, prev: '', time: '' });
      },
    },
    operations: { begin: () => Promise.resolve({ seq: 1, end: () => undefined, leave: () => undefined }) },
    events,
    config: { current: () => config },
    log: quietLog,
    now: () => new Date(),
    self: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    views: createCloneViews(join(layout.repos, '.clone-views'), process.getuid?.() === 0),
    queue: createOperationQueue(),
  };
  const service = createReposService(context);
  return {
    context,
    service,
    git,
    audit,
    events: received,
    agents,
    add: (location, more = {}) =>
      service.add({ location, ...more }, { report: () => undefined, signal: new AbortController().signal }),
  };
}

/** An agent's record as far as repositories look at it. */
export function agentOf(repo: RepoId, id: string): AgentRecord {
  return {
    id,
    repo,
    store: repo,
    branch: `agent/${id}`,
    ref: `refs/heads/agent/${id}` as RefName,
    ownRefs: [],
    status: 'ready',
  } as unknown as AgentRecord;
}

/** Lets other users through the temporary folders above a path (only possible for their owner). */
export function openParents(path: string): void {
  for (let folder = path; folder.split('/').length > 2; folder = dirname(folder)) chmodSync(folder, 0o755);
}
