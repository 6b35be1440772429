/** Does one record of the journal again: objects only, no ref. What it should have moved is the result. */
import { isAgentId, zeroOid, type AgentId, type Oid, type RefName } from '../../shared/ids';
import type { AgentRegistry } from '../agents/agent-registry';
import type { AuditEntry } from '../audit/audit-log';
import type { JournalRecord } from '../journal/journal-record';
import type { Logger } from '../log';
import { repoOf, type StoreName } from '../stores';
import type { AnswerMemory } from './answer-memory';
import { auditedArguments, commitEntry } from './create-commit-engine';
import { asJournalBody, type JournalBody } from './journal-body';
import type { RefUpdate } from './ref-updates';
import type { WorkerPool } from './worker-pool';

export interface RedoParts {
  readonly workers: WorkerPool;
  readonly answers: AnswerMemory;
  readonly repoGit: (store: StoreName) => string;
  /** A transaction of an agent makes and ends its ownership of refs. */
  readonly changeOwnRefs: AgentRegistry['changeOwnRefs'];
  readonly generationOf: (agent: AgentId) => string | undefined;
  /** Puts the objects of a pack into a repository. */
  readonly restoreObjects: (gitDirectory: string, pack: Buffer) => Promise<void>;
  /** All stores there are, with the time their repository was added. */
  readonly repositories: readonly { readonly id: StoreName; readonly createdAt: string }[];
  readonly log: Logger;
}

export interface Redone {
  readonly seq: number;
  readonly gitDirectory: string;
  readonly updates: readonly RefUpdate[];
  readonly entry: AuditEntry;
  /** Once it is known to be done: keeps the answer for a client that asks again, and whose the refs are. */
  readonly finish: () => void;
}

/** Whatever is in the journal was within the limits when it was accepted. */
const largestBytes = 2 ** 31;

/** null: there is nothing to move (aborted, refused again, or its repository is gone). */
export async function redoRecord(
  parts: RedoParts,
  record: JournalRecord,
  isAborted: boolean,
): Promise<Redone | null> {
  const body = asJournalBody(record.body);
  if (body.kind === 'abort' || body.kind === 'operation') return null;
  const repo = (body.kind === 'commit' ? body.request.repo : body.repo) as StoreName;
  const known = parts.repositories.find(({ id }) => id === repo);
  if (known === undefined || (body.created !== undefined && body.created !== known.createdAt)) {
    parts.log.warn('a journaled change of a repository that is gone', { repo, seq: record.seq });
    return null;
  }
  const gitDirectory = parts.repoGit(repo);
  if (body.kind === 'commit') return redoCommit(parts, record, { body, gitDirectory, isAborted });
  const pack = body.hasPack === true ? record.blobs[0] : undefined;
  // Later records may use what an aborted one brought in.
  if (pack !== undefined) await parts.restoreObjects(gitDirectory, pack);
  if (body.objects !== undefined) await restoreLoose(parts, gitDirectory, body.objects, record.blobs);
  if (isAborted) return null;
  const { updates, agent, method, argv, time } = body;
  const refs = updates.map(({ ref, old, new: target }) => ({ ref, old, new: target }));
  const entry: AuditEntry = {
    time,
    agent,
    repo: repoOf(repo),
    method,
    argv: auditedArguments(argv),
    refs,
    verdict: 'accepted',
    rule: null,
    journal: null,
  };
  const finish = (): void => {
    const isOurs = agent !== null && isAgentId(agent) && method === 'transaction.propose';
    if (isOurs && (body.generation === undefined || body.generation === parts.generationOf(agent)))
      parts.changeOwnRefs(agent, ownershipChange(updates, body.fetched ?? []));
  };
  return { seq: record.seq, gitDirectory, updates, entry, finish };
}

/** Throws when they are not what they were when they were accepted. */
async function restoreLoose(
  parts: RedoParts,
  gitDirectory: string,
  ids: readonly Oid[],
  blobs: readonly Buffer[],
): Promise<void> {
  const files = ids.map((id, index) => ({ id, bytes: blobs[index] ?? Buffer.alloc(0) }));
  const result = await parts.workers.run(gitDirectory, { op: 'restoreLoose', gitDirectory, files });
  if (result.kind !== 'done') throw new Error('the journaled objects are damaged');
}

/** What is made becomes the agent's own, unless it was fetched; what is deleted ends to be. */
export function ownershipChange(
  updates: readonly RefUpdate[],
  fetched: readonly RefName[],
): {
  readonly add: readonly RefName[];
  readonly remove: readonly RefName[];
} {
  return {
    add: updates.filter(({ ref, old }) => old === zeroOid && !fetched.includes(ref)).map(({ ref }) => ref),
    remove: updates.filter((update) => update.new === zeroOid).map(({ ref }) => ref),
  };
}

async function redoCommit(
  parts: RedoParts,
  record: JournalRecord,
  facts: {
    readonly body: Extract<JournalBody, { kind: 'commit' }>;
    readonly gitDirectory: string;
    readonly isAborted: boolean;
  },
): Promise<Redone | null> {
  const { body, gitDirectory, isAborted } = facts;
  const { request, time } = body;
  const blobs = body.blobs.map(({ id, form }, index) => ({
    id,
    form,
    bytes: record.blobs[index] ?? Buffer.alloc(0),
  }));
  const limits = { gitDirectory, blobLimitBytes: largestBytes, totalLimitBytes: largestBytes };
  if (isAborted) {
    // Later commits may use what an aborted one brought in.
    await parts.workers.run(gitDirectory, { op: 'import', blobs, ...limits });
    return null;
  }
  const result = await parts.workers.run(gitDirectory, {
    op: 'rebuildCommit',
    plan: { ...request, ...limits, blobs },
  });
  if (result.kind !== 'rebuilt') {
    parts.log.warn('a journaled commit is refused again; it had no abort mark', { seq: record.seq });
    return null;
  }
  const { commit, tree, abbreviated } = result;
  const update: { ref: RefUpdate['ref']; old: Oid; new: Oid } = {
    ref: request.ref,
    old: request.old,
    new: commit,
  };
  return {
    seq: record.seq,
    gitDirectory,
    updates: [update],
    entry: { ...commitEntry(request, commit), time },
    finish: () =>
      parts.answers.set(request.agent, request.key, { kind: 'committed', commit, tree, abbreviated }),
  };
}
