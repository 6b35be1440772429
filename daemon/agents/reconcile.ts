/**
 * Brings the recorded agents, their sockets and the engine's containers together after a start. It deletes only what
 * an unfinished creation or removal left; an engine that cannot be asked says nothing about any container.
 */
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAgentId } from '../../shared/ids';
import type { ContainerState } from '../runtime/runtime';
import type { AgentContext } from './agent-context';
import { attachStorage } from './agent-storage';
import type { AgentRecord } from './agent-registry';
import { changeStatus } from './change-status';
import { mapBounded } from './map-bounded';
import { finishRemoval } from './remove-agent';
import { isUnfinished, undoCreation } from './undo-creation';

const attachConcurrency = 8;

/** Everything that needs no engine: the sockets of agents that were ready, so that they can go on at once. */
export async function reconcileSockets(context: AgentContext): Promise<void> {
  context.trash.empty();
  await removeEmptyFolders(context);
  await attachAll(context);
  await Promise.all(
    context.registry
      .list()
      .filter((record) => record.status === 'ready')
      .map(async (record) => {
        try {
          await context.sockets.open(record.id, record.owner);
        } catch (error) {
          context.log.error("an agent's socket could not be opened", { agent: record.id, error });
        }
      }),
  );
}

/** After a start of the host nothing is mounted. What can not be mounted now is tried again when the agent starts. */
async function attachAll(context: AgentContext): Promise<void> {
  const settled = context.registry
    .list()
    .filter(
      (record) =>
        !isUnfinished(record) && context.registry.getRemoved(record.id)?.generation !== record.generation,
    );
  await mapBounded(settled, attachConcurrency, async (record) => {
    await attachStorage(context, record).catch((error: unknown) =>
      context.log.error("an agent's file system could not be mounted", { agent: record.id, error }),
    );
  });
}

/**
 * The rest. `inTurn` runs a task when no other operation on that agent is under way. Throws 'runtime-unavailable'
 * when the engine cannot be asked, or what the first agent that could not be settled threw; can be called again.
 */
export async function reconcileContainers(
  context: AgentContext,
  inTurn: (agent: AgentRecord, task: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const containers = await context.runtime.list();
  const failures: unknown[] = [];
  for (const record of context.registry.list()) {
    await inTurn(record, async () => {
      const current = context.registry.get(record.id);
      // Otherwise something newer than the list of containers has happened.
      const isUnchanged = current?.generation === record.generation && current.status === record.status;
      if (isUnchanged) await reconcileAgent(context, current, containers);
    }).catch((error: unknown) => failures.push(error));
  }
  reportOrphans(context, containers);
  if (failures.length > 0) throw failures[0];
}

async function reconcileAgent(
  context: AgentContext,
  record: AgentRecord,
  containers: readonly ContainerState[],
): Promise<void> {
  const removed = context.registry.getRemoved(record.id);
  if (removed?.generation === record.generation) return finishRemoval(context, removed);
  if (isUnfinished(record)) return undoCreation(context, record, 'the daemon was ended during the creation');
  const container = containers.find((found) => isOf(found, record));
  if (container?.running === true) {
    await context.sockets.open(record.id, record.owner);
    if (record.status !== 'ready' || record.containerId !== container.id) {
      await changeStatus(context, record, { status: 'ready', containerId: container.id });
    }
  } else if (record.status === 'ready') {
    await context.sockets.close(record.id);
    await changeStatus(context, record, { status: 'stopped', containerId: container?.id ?? null });
  }
}

function reportOrphans(context: AgentContext, containers: readonly ContainerState[]): void {
  for (const container of containers) {
    const record = context.registry.get(container.agent);
    if (record !== undefined && isOf(container, record)) continue;
    const { id, agent, running } = container;
    context.log.warn('a container of this daemon belongs to no agent; it is left alone', {
      container: id,
      agent,
      running,
    });
  }
}

function isOf(container: ContainerState, record: AgentRecord): boolean {
  return container.agent === record.id && container.generation === record.generation;
}

/** What a daemon leaves that was killed between making an agent's folder and its record. */
async function removeEmptyFolders(context: AgentContext): Promise<void> {
  for (const name of await readdir(context.layout.agents)) {
    if (isAgentId(name) && context.registry.get(name) !== undefined) continue;
    if (context.registry.damaged().some(({ id, isRemoved }) => id === name && !isRemoved)) continue;
    await rmdir(join(context.layout.agents, name)).catch((error: unknown) =>
      context.log.warn('a folder belongs to no agent; it is left alone', { folder: name, error }),
    );
  }
}
