/** What makes changes durable: journal, audit log and git workers; recovers what an earlier run left unfinished. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentRegistry } from './agents/agent-registry';
import { openAuditLog, type AuditLog } from './audit/audit-log';
import { limitDenials } from './audit/limit-denials';
import type { ConfigSource } from './config/config-source';
import { createAnswerMemory, type AnswerMemory } from './git/answer-memory';
import type { Confinement } from './git/confinement';
import { stateVariable } from './git/end-orphans';
import type { HostGit } from './git/host-git';
import { recover } from './git/recover';
import { restoreObjects } from './git/stage-objects';
import { listRefs } from './repos/git-refs';
import { createWorkerPool, type WorkerPool } from './git/worker-pool';
import { startCheckpoints } from './journal/checkpoint-timer';
import { openJournal, type Journal } from './journal/journal';
import type { Layout } from './layout';
import type { Logger } from './log';
import type { ReleaseStack } from './release-stack';
import { listStores } from './repos/list-stores';
import { repoOf } from './stores';
import type { RepoRegistry } from './repos/repo-registry';

export interface Storage {
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly workers: WorkerPool;
  readonly answers: AnswerMemory;
  /** Takes a checkpoint of the journal now. */
  readonly checkpoint: () => Promise<void>;
}

export const journalSegmentBytes = 8 * 1024 * 1024;
const auditSegmentBytes = 16 * 1024 * 1024;

export async function composeStorage(parts: {
  readonly config: ConfigSource;
  readonly layout: Layout;
  readonly hostGit: HostGit;
  readonly confinement: Confinement;
  readonly repos: RepoRegistry;
  readonly agents: Pick<AgentRegistry, 'changeOwnRefs' | 'flush' | 'get'>;
  /** What was not synced may be lost or damaged. */
  readonly wasRebooted: boolean;
  readonly buildDirectory: string;
  readonly releases: ReleaseStack;
  readonly log: Logger;
  readonly now: () => Date;
}): Promise<Storage> {
  const { config, layout, hostGit, repos, agents, releases, log, now } = parts;
  const whole = await openAuditLog({ directory: layout.audit, segmentBytes: auditSegmentBytes, now });
  const audit = limitDenials(whole, {
    perPeriod: () => config.current().limits.auditedDenialsPerMinute,
    periodMs: 60_000,
    onError: (error) => log.error('denials could not be written to the audit log', { error }),
  });
  releases.add('audit log', async () => {
    await audit.settle();
    await audit.close();
  });
  const journal = await openJournal({ directory: layout.journal, segmentBytes: journalSegmentBytes });
  releases.add('journal', journal.close);
  const { workers: settings } = config.current();
  const workers = createWorkerPool({
    script: workerScript(parts.buildDirectory),
    count: settings.count,
    idleMs: settings.idleMs,
    environment: { [stateVariable]: layout.state },
    recycleAfter: settings.recycleAfter,
    deadlineMs: settings.jobTimeoutMs,
    memoryBytes: settings.memoryBytes,
    confinement: parts.confinement,
    log,
  });
  releases.add('git workers', workers.stop);
  const answers = createAnswerMemory();
  await recover({
    journal,
    audit,
    workers,
    answers,
    repoGit: layout.storeGit,
    changeOwnRefs: agents.changeOwnRefs,
    restoreObjects: (gitDirectory, pack) => restoreObjects(hostGit, gitDirectory, pack),
    damaged: repos.damaged().map(({ id }) => id),
    generationOf: (agent) => agents.get(agent)?.generation,
    listRefs: (gitDir) => listRefs(hostGit, { gitDir }, []),
    repositories: (await listStores(layout, repos.list())).map((store) => ({
      id: store,
      createdAt: repos.require(repoOf(store)).createdAt,
    })),
    durableAt: parts.wasRebooted ? await lastCheckpoint(layout) : null,
    log,
  });
  const checkpoints = startCheckpoints({
    journal,
    audit,
    stateDirectory: layout.state,
    flush: agents.flush,
    log,
  });
  releases.add('checkpoint of the journal', checkpoints.stop);
  await checkpoints.take();
  return { journal, audit, workers, answers, checkpoint: checkpoints.take };
}

/** A checkpoint ends with the anchor of the audit log. Never, when there was none. */
async function lastCheckpoint(layout: Layout): Promise<Date> {
  return stat(join(layout.audit, 'head.json')).then(
    ({ mtime }) => mtime,
    () => new Date(0),
  );
}

export function workerScript(buildDirectory: string): string {
  return join(buildDirectory, 'daemon', 'git', 'git-worker.js');
}
