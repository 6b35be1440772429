/** Starts and stops the container of an agent that exists; everything the agent has stays where it is. */
import { GitisoError } from '../../shared/errors';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { agentFolders, attachStorage } from './agent-storage';
import { launchContainer, startContainer, type LaunchedContainer } from './launch-container';
import { verifySources } from './verify-sources';

/** How long a connection may take to notice that its container is gone. */
const closeTimeoutMs = 2000;

/**
 * Verifies the folder, then starts the agent's container, or makes a new one when it is gone. The record is not
 * changed. When it throws, nothing runs.
 */
export async function startAgent(
  context: AgentContext,
  record: AgentRecord,
  signal: AbortSignal,
): Promise<LaunchedContainer> {
  await attachStorage(context, record);
  const { store, ref, owner } = record;
  const state = record.containerId === null ? null : await context.runtime.inspect(record.containerId);
  const agent = agentFolders(context.layout, record);
  const plan = { agent, repoGit: context.layout.storeGit(store), ref, owner };
  await verifySources(plan, { isRunning: state?.running === true });
  const present = context.links.link(record.id);
  if (state?.running === true && present !== undefined) return { containerId: state.id, link: present };
  try {
    if (state !== null && state.generation === record.generation) {
      return await startContainer(context, record, state.id, signal);
    }
    return await launchContainer(context, record, await context.runtime.image(record.image), signal);
  } catch (error) {
    await stopAll(context, record).catch((failure: unknown) =>
      context.log.warn('a container that failed to start was not stopped', {
        agent: record.id,
        error: failure,
      }),
    );
    throw error;
  }
}

/** Stops the agent's container, and removes one that was made in vain. */
async function stopAll(context: AgentContext, record: AgentRecord): Promise<void> {
  await stopContainer(context, record);
  for (const container of await context.runtime.list()) {
    const isOurs = container.agent === record.id && container.generation === record.generation;
    if (isOurs && container.id !== record.containerId) await context.runtime.remove(container.id);
  }
}

/** Stops the container, if there is one, and ends the agent's connections. */
export async function stopContainer(context: AgentContext, record: AgentRecord): Promise<void> {
  const { stopGraceMs } = context.config.current().docker;
  if (record.containerId !== null) await context.runtime.stop(record.containerId, stopGraceMs);
  const link = context.links.link(record.id);
  await context.sockets.close(record.id);
  if (link !== undefined) await closedWithin(link.peer.closed, closeTimeoutMs);
}

/** Throws 'agent-not-ready' unless the agent was ready once and is not being made or unmade. */
export function requireSettled(record: AgentRecord): void {
  if (record.wasReady && record.status !== 'creating' && record.status !== 'removed') return;
  const why = record.error === undefined ? '' : `: ${record.error}`;
  throw new GitisoError('agent-not-ready', `the agent's status is ${record.status}${why}`);
}

async function closedWithin(signal: AbortSignal, timeoutMs: number): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
