/** Joins the contract's methods with the sockets they are served on. */
import type { AgentRegistry } from './agents/agent-registry';
import type { AuditLog } from './audit/audit-log';
import type { DaemonOptions } from './compose';
import { createDispatcher, type Dispatcher } from './dispatch/dispatcher';
import { createErrorResponses } from './dispatch/error-response';
import type { Actor } from './dispatch/handler';
import { createEntries } from './dispatch/method-entry';
import type { EventBus } from './events/event-bus';
import type { Layout } from './layout';
import type { DrainableLifecycle } from './lifecycle';
import { createHandlers } from './methods';
import type { Services } from './services';
import { openAdminSocket } from './transport/admin-socket';
import { createAgentSockets, type OpenAgentSocket } from './transport/agent-socket';
import type { ServedSocket } from './transport/serve-socket';
import { createRequestIds } from './transport/serving';

export interface Sockets {
  readonly openAgentSocket: OpenAgentSocket;
  /** Once, before any socket is opened: handlers are made after what opens agents' sockets. */
  readonly useHandlers: (services: Services) => void;
  readonly openAdmin: () => Promise<ServedSocket>;
  readonly connections: () => number;
}

export function openSockets(
  options: DaemonOptions,
  parts: {
    readonly lifecycle: DrainableLifecycle;
    readonly events: EventBus;
    readonly layout: Layout;
    readonly storage: { readonly audit: AuditLog };
    readonly agents: AgentRegistry;
  },
): Sockets {
  const { config, log, now } = options;
  const { lifecycle, events, layout, storage, agents } = parts;
  const { docker } = config.current();
  const hostPaths = [layout.state, layout.run, docker.shimDirectory, docker.socket, options.buildDirectory];
  const errorResponses = createErrorResponses(hostPaths);
  const serving = { config, errorResponses, nextRequestId: createRequestIds(now()), log };
  const dispatchers = new Map<Actor['kind'], Dispatcher>();
  const dispatcherOf = (kind: Actor['kind']): Dispatcher => {
    const dispatcher = dispatchers.get(kind);
    if (dispatcher === undefined) throw new Error('a socket was opened before there were handlers');
    return dispatcher;
  };
  const agentSockets = createAgentSockets(serving, () => dispatcherOf('agent'));
  const noted = new Set<string>();
  let admin: ServedSocket | null = null;

  function noteCall(actor: Actor): void {
    if (actor.kind === 'agent') agents.noteActivity(actor.id, { at: now() });
  }

  /**
   * An agent that calls an administrator's method probes: worth a record, unlike a name nobody knows. Once per run,
   * agent and method, so that nobody fills the audit log with it.
   */
  function noteForeignCall(actor: Actor, method: string): void {
    if (actor.kind !== 'agent' || noted.has(`${actor.id} ${method}`)) return;
    const agent = actor.id;
    noted.add(`${agent} ${method}`);
    log.warn("an agent called an administrator's method", { agent, method });
    const rule = 'method-not-found';
    events.publish({ topic: 'denials', agent, repo: null, data: { method, rule } });
    const verdict = 'denied';
    storage.audit
      .append({ agent, repo: null, method, argv: [], refs: [], verdict, rule, journal: null })
      .catch((error: unknown) => log.error('the audit log cannot be written', { error }));
  }

  return {
    openAgentSocket: agentSockets.open,
    useHandlers: (services) => {
      const entries = createEntries(createHandlers(services), { checkResults: options.checkResults });
      const shared = { entries, errorResponses, lifecycle, noteCall, noteForeignCall };
      for (const kind of ['admin', 'agent'] as const) {
        dispatchers.set(kind, createDispatcher({ ...shared, kind }));
      }
    },
    openAdmin: async () => {
      const { uid } = options.process;
      const place = { path: layout.adminSocket, uid, gid: options.adminGid };
      admin = await openAdminSocket(serving, dispatcherOf('admin'), place);
      return admin;
    },
    connections: () => (admin?.connections() ?? 0) + agentSockets.connections(),
  };
}
