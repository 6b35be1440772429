/**
 * Everything the method handlers can use. compose.ts makes one of these; a handler takes the part it needs as
 * `(services: Pick<Services, 'agents' | 'log'>) => Handler<'agent.show'>`. Only interfaces, nothing is built here.
 */
import type { AgentId } from '../shared/ids';
import type { AgentRegistry } from './agents/agent-registry';
import type { AuditLog } from './audit/audit-log';
import type { ConfigSource } from './config/config-source';
import type { EventBus } from './events/event-bus';
import type { CommitEngine } from './git/commit-engine';
import type { RefUpdates } from './git/ref-updates';
import type { Layout } from './layout';
import type { Lifecycle } from './lifecycle';
import type { Logger } from './log';
import type { RepoRegistry } from './repos/repo-registry';
import type { Runtime } from './runtime/runtime';
import type { OpenAgentSocket } from './transport/agent-socket';

export interface Services {
  readonly config: ConfigSource;
  readonly layout: Layout;
  readonly log: Logger;
  readonly now: () => Date;
  readonly lifecycle: Lifecycle;
  readonly events: EventBus;
  readonly audit: AuditLog;
  readonly agents: AgentRegistry;
  readonly repos: RepoRegistry;
  readonly runtime: Runtime;
  readonly commits: CommitEngine;
  readonly refs: RefUpdates;
  readonly workers: Workers;
  readonly openAgentSocket: OpenAgentSocket;
  readonly connections: Connections;
  readonly versions: Versions;
}

/** The git worker processes. */
export interface Workers {
  readonly running: () => number;
  /** Workers replaced since the daemon started because they crashed or hung. */
  readonly restarts: () => number;
}

/** The open connections of all sockets. */
export interface Connections {
  readonly count: () => number;
  /** Closes those of one agent (it was removed); their requests are aborted. */
  readonly closeAgent: (agent: AgentId) => void;
}

export interface Versions {
  readonly gitiso: string;
  /** Of the host's git, e.g. `2.39.5`. */
  readonly git: string;
  readonly libgit2: string;
}
