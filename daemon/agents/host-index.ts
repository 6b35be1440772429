/**
 * The host's own index of a workspace, so that host `git status` works there: written from the branch's commit, never
 * from anything in the workspace. Off the path of a commit: several commits at once cost one write.
 */
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAgentId, type AgentId, type Oid } from '../../shared/ids';
import type { GitisoEvent } from '../../shared/records';
import { requireSuccess } from '../git/host-git';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';

const timeoutMs = 120_000;
/** Of the list of a commit's files, about 90 bytes each: few trees can unfold to more than any memory holds. */
const listLimitBytes = 64 * 1024 * 1024;

/** Never throws: without it the host sees an old index, nothing else. */
export async function refreshHostIndex(
  context: AgentContext,
  record: AgentRecord,
  branch: Oid | null,
): Promise<void> {
  const { hostGitdir } = context.layout.agent(record.id);
  const next = join(hostGitdir, 'index.next');
  try {
    await rm(next, { force: true });
    // Listed before it is read: the list is bounded, and git's memory for an index is not.
    const listed = branch === null ? '' : await run(context, record, next, ['ls-tree', '-r', '-z', branch]);
    await run(context, record, next, ['read-tree', branch ?? '--empty']);
    await skipSubmodules(context, record, next, listed);
    await giveTo(next, record.owner);
    await rename(next, join(hostGitdir, 'index'));
  } catch (error) {
    context.log.warn("the host's index of a workspace could not be written", { agent: record.id, error });
  }
}

async function run(
  context: AgentContext,
  record: AgentRecord,
  index: string,
  args: readonly string[],
  stdin = '',
): Promise<string> {
  const result = await context.git.run(args, {
    gitDir: context.layout.storeGit(record.store),
    // git asks for a work tree to change an index; nothing is in this one, and nothing is read from it.
    env: { GIT_INDEX_FILE: index, GIT_WORK_TREE: context.layout.agent(record.id).mounts },
    // It can be written again at any time: not worth waiting for the disk.
    config: [['core.fsync', 'none']],
    stdin: Buffer.from(stdin, 'latin1'),
    uid: record.owner.uid,
    gid: record.owner.gid,
    timeoutMs,
    outputLimitBytes: listLimitBytes,
  });
  return requireSuccess(result, 'the index could not be written').stdout.toString('latin1');
}

/**
 * Submodules count as not checked out: git on the host would run `git status` in their folders, where the agent can put a
 * repository whose settings name programs.
 */
async function skipSubmodules(
  context: AgentContext,
  record: AgentRecord,
  index: string,
  listed: string,
): Promise<void> {
  const paths = [...listed.matchAll(/(?:^|\0)160000 [^\t]*\t([^\0]*)/g)].map(([, path = '']) => `${path}\0`);
  if (paths.length === 0) return;
  await run(context, record, index, ['update-index', '-z', '--skip-worktree', '--stdin'], paths.join(''));
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
