/**
 * Notices containers that end by themselves: a lost link is the sign, the engine's answer the proof. It asks only
 * while an agent that should be ready has no link, ever less often.
 */
import type { AgentId } from '../../shared/ids';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { changeStatus } from './change-status';

const firstDelayMs = 50;
const longestDelayMs = 30_000;

export interface ContainerWatch {
  readonly onLost: (agent: AgentId) => void;
  readonly stop: () => void;
}

/** `inTurn` runs a task when no other operation on that agent is under way. */
export function createContainerWatch(
  context: AgentContext,
  inTurn: (agent: AgentRecord, task: () => Promise<void>) => Promise<void>,
): ContainerWatch {
  const timers = new Map<AgentId, NodeJS.Timeout>();
  let isStopped = false;

  const lookLater = (agent: AgentId, delayMs: number): void => {
    if (isStopped) return;
    clearTimeout(timers.get(agent));
    const timer = setTimeout(() => {
      timers.delete(agent);
      void look(agent, delayMs);
    }, delayMs);
    timers.set(agent, timer.unref());
  };

  const look = async (agent: AgentId, delayMs: number): Promise<void> => {
    try {
      const record = context.registry.get(agent);
      if (record !== undefined) await inTurn(record, () => settle(agent));
    } catch (error) {
      context.log.debug('a container could not be looked at', { agent, error });
    }
    const record = context.registry.get(agent);
    if (record?.status !== 'ready' || context.links.link(agent) !== undefined) return;
    lookLater(agent, Math.min(delayMs * 2, longestDelayMs));
  };

  const settle = async (agent: AgentId): Promise<void> => {
    const record = context.registry.get(agent);
    if (record?.status !== 'ready' || context.links.link(agent) !== undefined) return;
    const state = record.containerId === null ? null : await context.runtime.inspect(record.containerId);
    if (state?.running === true) return;
    context.log.info("an agent's container ended", { agent, exitCode: state?.exitCode ?? null });
    await context.sockets.close(agent);
    await changeStatus(context, record, { status: 'stopped', containerId: state?.id ?? null });
  };

  return {
    onLost: (agent) => lookLater(agent, firstDelayMs),
    stop: () => {
      isStopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
