/** Keeps each agent's socket open exactly once, whoever asks for it. */
import type { AgentId } from '../../shared/ids';
import type { Layout } from '../layout';
import type { AgentSocket, OpenAgentSocket } from '../transport/agent-socket';
import type { HeldSockets } from './agent-context';

export function createHeldSockets(layout: Layout, openAgentSocket: OpenAgentSocket): HeldSockets {
  const held = new Map<AgentId, Promise<AgentSocket>>();

  const close = async (agent: AgentId): Promise<void> => {
    const socket = held.get(agent);
    held.delete(agent);
    await (await socket?.catch(() => undefined))?.close();
  };

  const hold = async (agent: AgentId, socket: Promise<AgentSocket>): Promise<void> => {
    held.set(agent, socket);
    try {
      await socket;
    } catch (error) {
      if (held.get(agent) === socket) held.delete(agent);
      throw error;
    }
  };

  return {
    open: async (agent, owner) => {
      const present = held.get(agent);
      const socket = present ?? openAgentSocket(agent, layout.agent(agent).socket, owner);
      await hold(agent, socket);
    },
    reopen: async (agent, owner) => {
      await close(agent);
      const socket = openAgentSocket(agent, layout.agent(agent).socket, owner);
      await hold(agent, socket);
    },
    close,
    closeAll: async () => {
      await Promise.all([...held.keys()].map(close));
    },
  };
}
