/**
 * The agents' sockets: the one place where a connection becomes an agent. Who calls is decided by the socket and
 * by nothing else; the directory lies below the agent's folder and is mounted read-only into its container.
 */
import type { Socket } from 'node:net';
import type { AgentId } from '../../shared/ids';
import type { Dispatcher } from '../dispatch/dispatcher';
import { createInputBudget, createRateLimit } from './input-limits';
import { serveSocket, type ServedSocket } from './serve-socket';
import { startConversation, type Serving } from './serving';

export interface AgentSocket {
  /** Removes the socket and ends its connections; their requests are aborted. */
  readonly close: () => Promise<void>;
}

/**
 * Opens an agent's socket at `path`; its directory gets mode 0700, the socket 0600, both the owner's. What a dead
 * daemon left there is replaced. Throws GitisoError 'already-running' or 'storage-failed'.
 */
export type OpenAgentSocket = (
  agent: AgentId,
  path: string,
  owner: { readonly uid: number; readonly gid: number },
) => Promise<AgentSocket>;

export interface AgentSockets {
  readonly open: OpenAgentSocket;
  readonly connections: () => number;
  /** Ends an agent's connections; its socket stays. */
  readonly endConnections: (agent: AgentId) => Promise<void>;
  readonly closeAll: () => Promise<void>;
}

/** `dispatcher` is first called when a connection is accepted: handlers may need these sockets to be made. */
export function createAgentSockets(serving: Serving, dispatcher: () => Dispatcher): AgentSockets {
  const served = new Map<AgentId, ServedSocket>();
  const limits = () => serving.config.current().limits;
  const connections = () => [...served.values()].reduce((sum, socket) => sum + socket.connections(), 0);

  async function openSocket(
    agent: AgentId,
    path: string,
    owner: { uid: number; gid: number },
  ): Promise<AgentSocket> {
    const budget = createInputBudget(() => limits().bufferedBytesPerAgent);
    const rate = createRateLimit(
      () => limits().agentRequestsPerSecond,
      () => performance.now(),
    );
    const actor = { kind: 'agent', id: agent } as const;
    const socket = await serveSocket({
      place: { path, directoryMode: 0o700, socketMode: 0o600, owner },
      mayAccept: (open) => open < limits().connectionsPerAgent && connections() < limits().agentConnections,
      connects: createRateLimit(
        () => limits().agentConnectsPerSecond,
        () => performance.now(),
      ),
      accept: (raw: Socket) =>
        startConversation(raw, serving, { actor, dispatcher: dispatcher(), budget, rate }),
      onError: (error) => serving.log.error('an agent socket failed', { agent, error }),
    });
    served.set(agent, socket);
    return {
      close: async () => {
        if (served.get(agent) === socket) served.delete(agent);
        await socket.close();
      },
    };
  }

  return {
    open: openSocket,
    connections,
    endConnections: async (agent) => served.get(agent)?.endConnections(),
    closeAll: async () => {
      const sockets = [...served.values()];
      served.clear();
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}
