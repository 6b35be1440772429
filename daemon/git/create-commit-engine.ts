/** The commit engine: policy first, then the objects and the journal at once, then the ref (see move-refs.ts). */
import { setMaxListeners } from 'node:events';
import { crashPoint } from '../crash-points';
import type { AgentRegistry } from '../agents/agent-registry';
import type { EventBus } from '../events/event-bus';
import { mayMoveBranch } from '../policy/branch-policy';
import { checkCommit, type IdentityRules } from '../policy/commit-policy';
import { checkChanges, type PathRules } from '../policy/path-policy';
import type { Verdict } from '../policy/verdict';
import type { RepoRecord } from '../repos/repo-registry';
import { repoOf, storeFact, type StoreName } from '../stores';
import type { Intake } from '../intake/intake';
import type { Oid } from '../../shared/ids';
import type { AnswerMemory } from './answer-memory';
import type { CommitEngine, CommitRequest, CommitResult, OfferedBlob } from './commit-engine';
import { moveRefs, type MoveParts } from './move-refs';
import type { RefQueue } from './ref-queue';
import type { CommitPlan, Refusal } from './worker-protocol';

export interface CommitRules extends PathRules, IdentityRules {
  readonly blobBytes: number;
  readonly commitBytes: number;
}

export interface CommitEngineParts extends MoveParts {
  readonly agents: Pick<AgentRegistry, 'require' | 'noteActivity'>;
  readonly repos: { readonly require: (id: string) => RepoRecord };
  readonly repoGit: (store: StoreName) => string;
  readonly events: EventBus;
  readonly queue: RefQueue;
  readonly intake: Pick<Intake, 'requireRoom' | 'inTurn' | 'accepted'>;
  readonly answers: AnswerMemory;
  readonly rules: () => CommitRules;
  readonly now: () => Date;
}

/** The worker of the repository has all its agents waiting: what takes long is another's. */
const inWorkerBytes = 4 * 1024 * 1024;
const never = new AbortController().signal;
setMaxListeners(0, never);

/** Blobs above this go to the repository, synced, before the journal: the journal is for what is small. */
export const journalBlobBytes = 1024 * 1024;

export function createCommitEngine(parts: CommitEngineParts): CommitEngine {
  const underway = new Map<string, Promise<CommitResult>>();

  function commit(request: CommitRequest): Promise<CommitResult> {
    const name = `${request.agent} ${request.key}`;
    const known = parts.answers.get(request.agent, request.key);
    if (known !== undefined) return Promise.resolve(known);
    const running = underway.get(name);
    if (running !== undefined) return running;
    const result = parts.queue
      .run(request.repo, [request.ref, `agent ${request.agent}`], () => commitInTurn(parts, request))
      .finally(() => underway.delete(name));
    underway.set(name, result);
    return result;
  }

  return {
    commit,
    remembered: (agent, key) => parts.answers.get(agent, key),
    readCommit: (store, id) => {
      const gitDirectory = parts.repoGit(store);
      return parts.workers.run(gitDirectory, { op: 'readCommit', gitDirectory, commit: id });
    },
  };
}

async function commitInTurn(parts: CommitEngineParts, request: CommitRequest): Promise<CommitResult> {
  const verdict = judge(parts, request);
  if (!verdict.allowed) return deny(parts, request, verdict);
  await parts.audit.assertWritable();
  const bytes = request.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
  await parts.intake.requireRoom(request.agent, bytes);

  const gitDirectory = parts.repoGit(request.repo);
  const missing = await missingBlobs(parts, gitDirectory, request);
  if (missing.length > 0) return { kind: 'missing', ids: missing };

  crashPoint('commit:allowed');
  const rules = parts.rules();
  const limits = { gitDirectory, blobLimitBytes: rules.blobBytes, totalLimitBytes: rules.commitBytes };
  const { small, large } = bySize(request.blobs);
  if (large.length > 0) {
    const refusal = await parts.intake.inTurn(request.agent, never, () =>
      parts.workers.runApart({ op: 'import', blobs: large, ...limits }),
    );
    if (refusal.kind !== 'done') return refused(parts, request, refusal);
    crashPoint('commit:large-stored');
  }
  const { blobs: _blobs, ...durable } = request;
  const plan: CommitPlan = { ...request, ...limits, blobs: small };
  const result = await moveRefs(parts, {
    gitDirectory,
    body: {
      kind: 'commit',
      version: 1,
      created: parts.repos.require(repoOf(request.repo)).createdAt,
      time: parts.now().toISOString(),
      blobs: small.map(({ id, form }) => ({ id, form })),
      request: durable,
    },
    blobs: small.map((blob) => blob.bytes),
    prepare: () => parts.workers.run(gitDirectory, { op: 'prepareCommit', plan }),
    updates: (prepared) => [{ ref: request.ref, old: request.old, new: prepared.commit }],
    entry: (prepared) => commitEntry(request, prepared.commit),
  });
  if (result.kind !== 'prepared') return refused(parts, request, result);
  parts.intake.accepted(request.agent, bytes);
  crashPoint('commit:done');
  return succeed(parts, request, {
    kind: 'committed',
    commit: result.commit,
    tree: result.tree,
    abbreviated: result.abbreviated,
  });
}

export function commitEntry(request: Omit<CommitRequest, 'blobs'>, commit: Oid) {
  return {
    agent: request.agent,
    repo: repoOf(request.repo),
    method: 'commit.create',
    argv: auditedArguments(request.argv),
    refs: [{ ref: request.ref, old: request.old, new: commit }],
    verdict: 'accepted' as const,
    rule: null,
    journal: null,
  };
}

/** Enough to see what was asked; an agent must not be able to fill the log with one command line. */
const auditedArgumentBytes = 4096;

export function auditedArguments(argv: readonly string[]): string[] {
  const kept: string[] = [];
  let left = auditedArgumentBytes;
  for (const [index, argument] of argv.entries()) {
    if (argument.length > left) {
      const rest = argv.slice(index).reduce((sum, one) => sum + one.length, 0);
      return [...kept, argument.slice(0, left), `… (${String(rest - left)} more bytes)`];
    }
    kept.push(argument);
    left -= argument.length;
  }
  return kept;
}

function judge(parts: CommitEngineParts, request: CommitRequest): Verdict {
  const agent = parts.agents.require(request.agent);
  const rules = parts.rules();
  const branch = mayMoveBranch(agent, parts.repos.require(repoOf(request.repo)), request.ref);
  if (!branch.allowed) return branch;
  const identity = checkCommit(request, agent, rules);
  return identity.allowed ? checkChanges(request.changes, rules) : identity;
}

/** Asks only for blobs that were not offered: usually none, and then nobody is asked. */
async function missingBlobs(
  parts: CommitEngineParts,
  gitDirectory: string,
  request: CommitRequest,
): Promise<readonly Oid[]> {
  const offered = new Set(request.blobs.map((blob) => blob.id));
  const wanted = request.changes.flatMap((change) =>
    change.kind === 'put' && change.mode !== '160000' && !offered.has(change.id) ? [change.id] : [],
  );
  if (wanted.length === 0) return [];
  const answer = await parts.workers.run(gitDirectory, {
    op: 'exists',
    gitDirectory,
    ids: [...new Set(wanted)],
  });
  return answer.missing;
}

function bySize(blobs: readonly OfferedBlob[]): {
  small: readonly OfferedBlob[];
  large: readonly OfferedBlob[];
} {
  let left = inWorkerBytes;
  const small: OfferedBlob[] = [];
  const large: OfferedBlob[] = [];
  for (const blob of blobs) {
    const isSmall = blob.bytes.length <= Math.min(journalBlobBytes, left);
    if (isSmall) left -= blob.bytes.length;
    (isSmall ? small : large).push(blob);
  }
  return { small, large };
}

function succeed(
  parts: CommitEngineParts,
  request: CommitRequest,
  result: Extract<CommitResult, { kind: 'committed' }>,
): CommitResult {
  parts.answers.set(request.agent, request.key, result);
  parts.agents.noteActivity(request.agent, { at: parts.now(), commits: 1 });
  parts.events.publish({
    topic: 'commits',
    agent: request.agent,
    repo: repoOf(request.repo),
    data: {
      ref: request.ref,
      old: request.old,
      commit: result.commit,
      parents: request.parents,
      subject: subjectOf(request.message),
      ...storeFact(request.repo),
    },
  });
  return result;
}

function refused(
  parts: CommitEngineParts,
  request: CommitRequest,
  refusal: Refusal,
): Promise<CommitResult> | CommitResult {
  if (refusal.kind === 'changed') return { kind: 'changed', current: refusal.current };
  const hint = 'run git status and git fsck, then try again';
  return deny(parts, request, { allowed: false, rule: refusal.rule, reason: refusal.reason, hint });
}

async function deny(
  parts: CommitEngineParts,
  request: CommitRequest,
  verdict: Extract<Verdict, { allowed: false }>,
): Promise<CommitResult> {
  const { rule, reason, hint } = verdict;
  await parts.audit.append({
    ...commitEntry(request, request.old),
    verdict: 'denied',
    rule,
  });
  parts.events.publish({
    topic: 'denials',
    agent: request.agent,
    repo: repoOf(request.repo),
    data: { ref: request.ref, rule, reason },
  });
  return { kind: 'denied', rule, reason, hint };
}

function subjectOf(message: string): string {
  return Buffer.from(message.split('\n', 1)[0]?.slice(0, 400) ?? '', 'latin1').toString('utf8');
}
