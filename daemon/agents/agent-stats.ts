/** What an agent uses: CPU, memory and processes as the engine counts them, disk as measured inside the container. */
import { containerPaths } from '../../shared/paths';
import { isGitisoError } from '../../shared/errors';
import type { ContainerStats } from '../runtime/runtime';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { measureStorage, type StorageUse } from './agent-storage';

export interface DiskUse {
  readonly bytes: number;
  readonly inodes: number;
}

/** null: it can not be measured because the container does not run. */
export interface AgentMeasurement {
  readonly record: AgentRecord;
  readonly container: ContainerStats | null;
  readonly disk: {
    readonly workspace: DiskUse | null;
    readonly gitdir: DiskUse | null;
    readonly quarantine: DiskUse | null;
  };
  readonly storage: StorageUse | null;
}

const measured = [containerPaths.workspace, containerPaths.gitdir, containerPaths.quarantine];
const timeoutMs = 60_000;

/** Throws 'runtime-unavailable', 'runtime-failed' or 'timed-out'. */
export async function measureAgent(context: AgentContext, record: AgentRecord): Promise<AgentMeasurement> {
  const nothing = { workspace: null, gitdir: null, quarantine: null };
  const storage = await measureStorage(context.layout, record);
  if (record.status !== 'ready' || record.containerId === null) {
    return { record, container: null, disk: nothing, storage };
  }
  const [container, disk] = await Promise.all([
    context.runtime.stats(record.containerId),
    measureDisk(context, record),
  ]);
  const [workspace = null, gitdir = null, quarantine = null] = disk;
  return { record, container, disk: { workspace, gitdir, quarantine }, storage };
}

/** Empty while the container's first process is not connected. */
async function measureDisk(context: AgentContext, record: AgentRecord): Promise<readonly DiskUse[]> {
  const link = context.links.link(record.id);
  if (link === undefined) return [];
  try {
    return await context.containerGit.usage(link, measured, timeoutMs);
  } catch (error) {
    if (isGitisoError(error) && error.code === 'agent-not-ready') return [];
    throw error;
  }
}
