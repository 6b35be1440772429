/** What the operations on agents share; made once by `createAgentLife`. Only interfaces. */
import type { AgentId } from '../../shared/ids';
import type { Config } from '../config/schema';
import type { EventBus } from '../events/event-bus';
import type { HostGit } from '../git/host-git';
import type { RefUpdates } from '../git/ref-updates';
import type { AgentLayout, Layout } from '../layout';
import type { Logger } from '../log';
import type { RepoRegistry } from '../repos/repo-registry';
import type { ReposService } from '../repos/repos-service';
import type { Runtime } from '../runtime/runtime';
import type { OpenAgentSocket } from '../transport/agent-socket';
import type { AgentRegistry } from './agent-registry';
import type { ContainerGit } from './container-git';
import type { AgentLinks } from './links';

/** What `createAgentLife` is given. */
export interface AgentParts {
  readonly layout: Layout;
  readonly registry: AgentRegistry;
  readonly repos: Pick<RepoRegistry, 'require'>;
  readonly reposService: Pick<ReposService, 'refresh' | 'resolveBase' | 'hold'>;
  /** Makes durable what the journal describes, so that it needs none of the repositories there are now. */
  readonly checkpoint: () => Promise<void>;
  readonly runtime: Runtime;
  readonly refs: RefUpdates;
  readonly git: HostGit;
  readonly events: EventBus;
  readonly config: { readonly current: () => Config };
  readonly openAgentSocket: OpenAgentSocket;
  readonly log: Logger;
  readonly now: () => Date;
}

export interface AgentContext extends AgentParts {
  readonly links: AgentLinks;
  readonly containerGit: ContainerGit;
  readonly sockets: HeldSockets;
  readonly trash: Trash;
}

/** The open sockets of agents, at most one per agent. */
export interface HeldSockets {
  /** Opens the agent's socket unless it is open. */
  readonly open: (agent: AgentId, owner: { readonly uid: number; readonly gid: number }) => Promise<void>;
  /** Opens it anew, in place of one whose file is gone. */
  readonly reopen: (agent: AgentId, owner: { readonly uid: number; readonly gid: number }) => Promise<void>;
  readonly close: (agent: AgentId) => Promise<void>;
  readonly closeAll: () => Promise<void>;
}

/** Deletes in the background what was moved to the trash. */
export interface Trash {
  /** Moves an agent's folder away at once, with its file system, and deletes it some time later. */
  readonly discard: (agent: AgentLayout, generation: string) => Promise<void>;
  readonly empty: () => void;
  /** Resolves when no deletion is under way. */
  readonly idle: () => Promise<void>;
  /** Stops deleting; what is left goes when the daemon starts again. */
  readonly stop: () => Promise<void>;
}
