/** agent.stats: what one agent uses; null where it can not be measured. */
import type { AgentLife } from '../agents/agent-life';
import type { Handler } from '../dispatch/handler';

export function agentStats(services: { readonly agentLife: AgentLife }): Handler<'agent.stats'> {
  return async ({ id }) => {
    const { record, container, disk, storage } = await services.agentLife.measure(id);
    return {
      id: record.id,
      status: record.status,
      cpuPercent: container?.cpuPercent ?? null,
      memoryBytes: container?.memoryBytes ?? null,
      memoryLimitBytes: container?.memoryLimitBytes ?? null,
      pids: container?.pids ?? null,
      disk,
      storage,
      acceptedBytes: record.acceptedBytes,
      commits: record.commits,
      lastActivity: record.lastActivity,
    };
  };
}
