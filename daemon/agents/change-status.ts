/** Makes a change of an agent's status durable, then tells the subscribers. */
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';

export async function changeStatus(
  context: AgentContext,
  record: AgentRecord,
  change: Pick<AgentRecord, 'status' | 'containerId'>,
): Promise<AgentRecord> {
  const { error, ...rest } = record;
  const changed: AgentRecord = { ...rest, ...change, lastActivity: context.now().toISOString() };
  await context.registry.put(changed);
  context.events.publish({
    topic: 'agents',
    agent: record.id,
    repo: record.repo,
    data: { status: changed.status, was: record.status, ...(error === undefined ? {} : { error }) },
  });
  return changed;
}
