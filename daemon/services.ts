/**
 * Everything the method handlers can use. compose.ts makes one of these; a handler takes the part it needs as
 * `(services: Pick<Services, 'agents' | 'log'>) => Handler<'agent.show'>`. Only interfaces, nothing is built here.
 */
import type { AgentLife } from './agents/agent-life';
import type { AgentRegistry } from './agents/agent-registry';
import type { AuditLog } from './audit/audit-log';
import type { ConfigSource } from './config/config-source';
import type { EventBus } from './events/event-bus';
import type { CommitEngine } from './git/commit-engine';
import type { ConfinementReport } from './git/confinement';
import type { HostGit } from './git/host-git';
import type { RefUpdates } from './git/ref-updates';
import type { Intake } from './intake/intake';
import type { Layout } from './layout';
import type { Lifecycle } from './lifecycle';
import type { Logger } from './log';
import type { RepoContext } from './repos/repo-context';
import type { RepoRegistry } from './repos/repo-registry';
import type { ReposService } from './repos/repos-service';
import type { Runtime } from './runtime/runtime';

export interface Services {
  readonly config: ConfigSource;
  readonly layout: Layout;
  readonly log: Logger;
  readonly now: () => Date;
  readonly lifecycle: Lifecycle;
  readonly events: EventBus;
  readonly audit: AuditLog;
  readonly agents: AgentRegistry;
  readonly agentLife: AgentLife;
  /** How many agents may be created at once. */
  readonly createConcurrency: () => number;
  readonly repos: RepoRegistry;
  readonly reposService: ReposService;
  readonly repoContext: RepoContext;
  readonly hostGit: HostGit;
  readonly runtime: Runtime;
  readonly commits: CommitEngine;
  readonly intake: Intake;
  readonly refs: RefUpdates;
  readonly workers: Workers;
  /** Open connections of all sockets. */
  readonly connections: () => number;
  readonly versions: Versions;
  readonly process: ProcessFacts;
  readonly confinement: ConfinementReport;
}

/** The git worker processes. */
export interface Workers {
  readonly running: () => number;
  /** Workers replaced since the daemon started because they crashed or hung. */
  readonly restarts: () => number;
}

export interface Versions {
  readonly gitiso: string;
  /** Of the host's git, e.g. `2.39.5`. */
  readonly git: string;
  readonly libgit2: string;
}

/** What only main.ts may ask the process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Node's own program, absolute. */
  readonly execPath: string;
  /** As Node names processors. */
  readonly arch: string;
  /** Resident memory; bytes. null: the kernel can not be asked. */
  readonly memoryBytes: () => number | null;
}
