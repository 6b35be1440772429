/** agent.logs: the last lines an agent's container printed. */
import { GitisoError } from '../../shared/errors';
import type { AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';
import type { Runtime } from '../runtime/runtime';

const defaultTail = 200;

export function agentLogs(services: {
  readonly agents: AgentRegistry;
  readonly runtime: Runtime;
}): Handler<'agent.logs'> {
  return async ({ id, tail = defaultTail }) => {
    const { containerId, status } = services.agents.require(id);
    if (containerId === null) {
      throw new GitisoError('agent-not-ready', `the agent has no container; its status is ${status}`);
    }
    return services.runtime.logs(containerId, tail);
  };
}
