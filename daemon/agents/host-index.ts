/**
 * The host's own index of a workspace, so that host `git status` works there: written from the branch's commit, never
 * from anything in the workspace. Off the path of a commit: several commits at once cost one write.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isAgentId, type AgentId, type Oid } from '../../shared/ids';
import type { GitisoEvent } from '../../shared/records';
import { requireSuccess } from '../git/host-git';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';

const timeoutMs = 120_000;

/** Never throws: without it the host sees an old index, nothing else. */
export async function refreshHostIndex(
  context: AgentContext,
  record: AgentRecord,
  branch: Oid | null,
): Promise<void> {
  const index = join(context.layout.agent(record.id).hostGitdir, 'index');
  try {
    requireSuccess(
      await context.git.run(['read-tree', branch === null ? '--empty' : branch], {
        gitDir: context.layout.storeGit(record.store),
        env: { GIT_INDEX_FILE: index },
        // It can be written again at any time: not worth waiting for the disk.
        config: [['core.fsync', 'none']],
        timeoutMs,
        outputLimitBytes: 4096,
      }),
      'the index could not be written',
    );
    await giveTo(index, record.owner);
  } catch (error) {
    context.log.warn("the host's index of a workspace could not be written", { agent: record.id, error });
  }
}

async function giveTo(path: string, owner: AgentRecord['owner']): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, gid } = await file.stat();
    if (uid !== owner.uid || gid !== owner.gid) await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
}

export interface HostIndexes {
  /** To be called with every event of the daemon. */
  readonly onEvent: (event: GitisoEvent) => void;
  /** Nothing is written any more when it resolves. */
  readonly stop: () => Promise<void>;
}

/**
 * Writes one index at a time, of agents that have not committed for `quietMs`: while they do, nobody looks, and the
 * time is better spent on their commits.
 */
export function createHostIndexes(context: AgentContext, quietMs: number): HostIndexes {
  /** When each agent whose index is old committed last; milliseconds, monotonic. */
  const due = new Map<AgentId, number>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const writeQuiet = async (): Promise<void> => {
    for (const [id, at] of due) {
      if (performance.now() - at < quietMs) continue;
      due.delete(id);
      const record = context.registry.get(id);
      if (record === undefined) continue;
      const branch = await context.refs.read(record.store, record.ref).catch(() => null);
      if (branch !== null) await refreshHostIndex(context, record, branch);
    }
    if (due.size > 0) arm();
  };

  const arm = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      running = running.then(writeQuiet);
    }, quietMs).unref();
  };

  return {
    onEvent: (event) => {
      const isMove = event.topic === 'commits' || event.topic === 'refs';
      if (!isMove || event.agent === null || !isAgentId(event.agent)) return;
      due.set(event.agent, performance.now());
      arm();
    },
    stop: async () => {
      clearTimeout(timer);
      due.clear();
      await running;
      clearTimeout(timer);
    },
  };
}
