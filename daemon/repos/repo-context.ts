/** What the operations on repositories share; made once by `createReposService`. Only an interface and its wording. */
import type { AgentRegistry } from '../agents/agent-registry';
import type { AuditLog } from '../audit/audit-log';
import type { ConfigSource } from '../config/config-source';
import type { EventBus } from '../events/event-bus';
import type { HostGit } from '../git/host-git';
import type { Operations } from '../git/operations';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import type { CloneViews } from './clone-view';
import type { OperationQueue } from './operation-queue';
import type { RepoRegistry } from './repo-registry';

export interface RepoContext {
  readonly layout: Layout;
  readonly git: HostGit;
  readonly registry: RepoRegistry;
  readonly agents: Pick<AgentRegistry, 'list' | 'damaged'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly operations: Operations;
  readonly events: EventBus;
  readonly config: Pick<ConfigSource, 'current'>;
  readonly log: Logger;
  readonly now: () => Date;
  /** Whom the daemon runs as. */
  readonly self: { readonly uid: number; readonly gid: number };
  readonly views: CloneViews;
  readonly queue: OperationQueue;
}

/** Reports how far an operation is; must not throw. */
export type ReportProgress = (stage: string, percent: number | null, message: string) => void;
