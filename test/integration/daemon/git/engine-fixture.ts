/** A commit engine over a real repository in a temp folder, with real workers, journal and audit log. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { openAuditLog } from '../../../../daemon/audit/audit-log';
import { createEventBus } from '../../../../daemon/events/event-bus';
import { createAnswerMemory } from '../../../../daemon/git/answer-memory';
import type { CommitRequest, OfferedBlob } from '../../../../daemon/git/commit-engine';
import { createCommitEngine } from '../../../../daemon/git/create-commit-engine';
import { listRefs } from '../../../../daemon/repos/git-refs';
import { createRefUpdates } from '../../../../daemon/git/create-ref-updates';
import { createHostGit, type HostGit } from '../../../../daemon/git/host-git';
import { recover } from '../../../../daemon/git/recover';
import { createRefQueue } from '../../../../daemon/git/ref-queue';
import { restoreObjects } from '../../../../daemon/git/stage-objects';
import { createWorkerPool } from '../../../../daemon/git/worker-pool';
import { openJournal } from '../../../../daemon/journal/journal';
import type { Logger } from '../../../../daemon/log';
import type { AgentRecord, AgentRegistry } from '../../../../daemon/agents/agent-registry';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';
import { confinedGit, confinedWorkers } from '../../../helpers/confined';
import type { AgentId, Oid, RefName, RepoId } from '../../../../shared/ids';
import { openIntake } from '../../../helpers/open-intake';

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

export const person = { name: 'Agent One', email: 'one@agents.example' };

export function makeState(): { root: string; git: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'gitiso-engine-'));
  for (const name of ['journal', 'audit', 'repos']) mkdirSync(join(root, name));
  const git = join(root, 'repos', 'r.git');
  execFileSync('git', ['init', '-q', '--bare', '--template=', git]);
  return {
    root,
    git,
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const created = '2024-01-01T00:00:00.000Z';

export async function openEngine(
  root: string,
  overrides: { protectedBranches?: string[]; changeOwnRefs?: AgentRegistry['changeOwnRefs'] } = {},
) {
  const now = () => new Date();
  const journal = await openJournal({ directory: join(root, 'journal'), segmentBytes: 256 * 1024 });
  const audit = await openAuditLog({ directory: join(root, 'audit'), segmentBytes: 64 * 1024, now });
  const workers = createWorkerPool({
    ...(await confinedWorkers()),
    count: 1,
    idleMs: 0,
    recycleAfter: 1_000_000,
    deadlineMs: 20_000,
    log: quiet,
  });
  const answers = createAnswerMemory();
  const hostGit = await openHostGit();
  const repoGit = (repo: string) => join(root, 'repos', `${repo}.git`);
  const redone = await recover({
    journal,
    audit,
    workers,
    answers,
    repoGit,
    changeOwnRefs: overrides.changeOwnRefs ?? (() => undefined),
    restoreObjects: (gitDirectory, pack) => restoreObjects(hostGit, gitDirectory, pack),
    damaged: [],
    repositories: [{ id: 'r' as RepoId, createdAt: created }],
    generationOf: () => undefined,
    listRefs: (gitDir) => listRefs(hostGit, { gitDir }, []),
    durableAt: null,
    log: quiet,
  });
  const events = createEventBus(now);
  const agent = (id: string) =>
    ({
      id,
      repo: 'r',
      ref: `refs/heads/agent/${id}`,
      ownRefs: [],
      author: person,
      committer: person,
    }) as unknown as AgentRecord;
  const repo = {
    id: 'r',
    createdAt: created,
    protectedBranches: overrides.protectedBranches ?? ['main'],
  } as unknown as RepoRecord;
  const parts = { journal, audit, workers, log: quiet, events, queue: createRefQueue(), now, repoGit };
  const engine = createCommitEngine({
    ...parts,
    agents: { require: agent, noteActivity: () => undefined },
    repos: { require: () => repo },
    intake: openIntake,
    answers,
    rules: () => ({
      pathBytes: 4096,
      pathDepth: 64,
      commitPaths: 10_000,
      gitlinks: 'deny',
      author: 'any',
      committer: 'agent',
      blobBytes: 10_000_000,
      commitBytes: 50_000_000,
    }),
  });
  return {
    engine,
    refs: createRefUpdates(parts),
    audit,
    journal,
    workers,
    events,
    redone,
    close: async () => {
      await workers.stop();
      await journal.close();
      await audit.close();
    },
  };
}

export async function openHostGit(): Promise<HostGit> {
  return createHostGit({
    path: '/usr/bin/git',
    environment: {},
    log: quiet,
    allowedProtocols: [],
    ...(await confinedGit()),
  });
}

export function blob(content: string | Buffer, form: 'loose' | 'raw' = 'loose'): OfferedBlob {
  const data = Buffer.from(content);
  const full = Buffer.concat([Buffer.from(`blob ${String(data.length)}\0`), data]);
  const id = createHash('sha1').update(full).digest('hex') as Oid;
  return { id, form, bytes: form === 'raw' ? data : deflateSync(full) };
}

let keys = 0;

export function request(change: Partial<CommitRequest> & Pick<CommitRequest, 'old'>): CommitRequest {
  keys += 1;
  const signature = { ...person, time: 1_700_000_000 + keys, offset: 60 };
  const isRoot = /^0+$/.test(change.old);
  return {
    agent: 'one' as AgentId,
    repo: 'r' as RepoId,
    key: keys.toString(16).padStart(32, '0'),
    ref: 'refs/heads/agent/one' as RefName,
    parents: isRoot ? [] : [change.old],
    base: isRoot ? null : change.old,
    changes: [],
    blobs: [],
    author: signature,
    committer: signature,
    message: 'a message\n',
    encoding: null,
    argv: ['commit', '-m', 'a message'],
    ...change,
  };
}

export function git(directory: string, ...args: string[]): string {
  return execFileSync('git', [`--git-dir=${directory}`, ...args], { encoding: 'utf8' }).trim();
}
