/**
 * Where the files of an agent lie: in its folder, or in a file system of its own (`storage/volume.ts`). The one place
 * that knows both; what is decided at creation stays so.
 */
import { stat } from 'node:fs/promises';
import { GitisoError } from '../../shared/errors';
import type { Config } from '../config/schema';
import { inVolume, type AgentLayout, type Layout } from '../layout';
import { readFreeSpace, readTakenSpace } from '../storage/free-space';
import { attachVolume, detachVolume, hideWorkspace, makeVolume, type VolumeSize } from '../storage/volume';
import { volumeProblem } from '../storage/volume-problem';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';

type Stored = Pick<AgentRecord, 'id' | 'storage'>;

/** What the container is given and *provision* fills. */
export function agentFolders(layout: Layout, record: Stored): AgentLayout {
  const agent = layout.agent(record.id);
  return record.storage === null ? agent : inVolume(agent);
}

/** The size of a new agent's file system, null: none. Throws 'storage-failed' when this host can not have any. */
export async function planStorage(
  { agents, storage }: Pick<Config, 'agents' | 'storage'>,
  asked: { readonly bytes?: number; readonly inodes?: number } | undefined,
): Promise<VolumeSize | null> {
  if (asked === undefined && agents.storage === 'folder') return null;
  const problem = await volumeProblem();
  if (problem !== null) {
    throw new GitisoError('storage-failed', `agents can not have file systems of their own: ${problem}`, {
      hint: 'run the daemon as root with mkfs.ext4 and loop devices, or set agents.storage to "folder"',
    });
  }
  return { bytes: asked?.bytes ?? storage.bytesPerAgent, inodes: asked?.inodes ?? storage.inodesPerAgent };
}

/** For a new agent whose record is durable. Throws 'storage-failed', also when the disk could not hold all of them. */
export async function makeStorage(context: AgentContext, record: AgentRecord): Promise<void> {
  if (record.storage === null) return;
  if (!context.config.current().storage.overcommit) await requirePromised(context);
  const agent = context.layout.agent(record.id);
  await makeVolume(agent, record.storage);
  await attachVolume(agent);
}

/** Before anything of the agent is used, after a start of the host or of the daemon. Can be repeated. */
export async function attachStorage(context: AgentContext, record: Stored): Promise<void> {
  if (record.storage !== null) await attachVolume(context.layout.agent(record.id));
}

/** Throws 'storage-failed' while somebody on the host uses the work tree; with `isLazy` it goes all the same. */
export async function hideStorage(context: AgentContext, record: Stored, isLazy: boolean): Promise<void> {
  if (record.storage !== null) await hideWorkspace(context.layout.agent(record.id), { isLazy });
}

export interface StorageUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly usedInodes: number;
  readonly limitInodes: number;
}

/** null: it has no file system of its own, or that is not mounted. Asks the kernel; opens nothing. */
export async function measureStorage(layout: Layout, record: Stored): Promise<StorageUse | null> {
  if (record.storage === null) return null;
  const { volume, root } = layout.agent(record.id);
  const [own, around] = await Promise.all([stat(volume), stat(root)]);
  return own.dev === around.dev ? null : readTakenSpace(volume);
}

/** Whatever is mounted in the agent's folder, also what a killed daemon has left. */
export async function detachStorage(agent: AgentLayout): Promise<void> {
  await detachVolume(agent, { isLazy: false });
}

/**
 * Images are sparse: what they may still grow by must be free, or the first agents to fill theirs would take the
 * space of all others.
 */
async function requirePromised(context: AgentContext): Promise<void> {
  let promised = 0;
  for (const record of context.registry.list()) {
    if (record.storage === null) continue;
    const image = await stat(context.layout.agent(record.id).image).catch(() => null);
    promised += Math.max(0, record.storage.bytes - (image?.blocks ?? 0) * 512);
  }
  const { bytes } = await readFreeSpace(context.layout.state);
  const free = bytes - context.config.current().storage.minFreeBytes;
  if (promised <= free) return;
  throw new GitisoError(
    'storage-failed',
    `the file systems of all agents may grow by ${promised} bytes, and only ${Math.max(0, free)} are free`,
    { hint: 'remove agents, give them less (storage.bytesPerAgent), or set storage.overcommit' },
  );
}
