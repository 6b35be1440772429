/** Operations that a crash interrupted: what they had changed by then gets its line in the audit log. */
import { zeroOid, type Oid } from '../../shared/ids';
import type { StoreName } from '../stores';
import type { AuditEntry, AuditLog } from '../audit/audit-log';
import type { JournalRecord } from '../journal/journal-record';
import { auditedArguments } from './create-commit-engine';
import { asJournalBody, type OperationBody } from './journal-body';
import { unpackRefs } from './operations';
import { refKey } from './ref-chains';

export interface OperationParts {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly repositories: readonly { readonly id: StoreName; readonly createdAt: string }[];
  readonly repoGit: (store: StoreName) => string;
  readonly listRefs: (gitDirectory: string) => Promise<ReadonlyMap<string, Oid>>;
}

type Moves = AuditEntry['refs'];

/** Keeps one line readable. */
const refsPerRecord = 500;

/** `over`: the journal or the audit log says that it had ended; `journaled`: refs that other records tell of. */
export async function auditOperations(
  parts: OperationParts,
  records: readonly JournalRecord[],
  facts: { readonly isOver: (seq: number) => boolean; readonly journaled: ReadonlySet<string> },
): Promise<void> {
  const newest = new Map<
    string,
    { readonly seq: number; readonly record: JournalRecord; readonly body: OperationBody }
  >();
  for (const record of records) {
    const body = asJournalBody(record.body);
    if (body.kind !== 'operation') continue;
    // Those on the refs of one repository take turns: all but the last have ended.
    const key = body.traces === 'remote' ? String(record.seq) : body.repo;
    newest.set(key, { seq: record.seq, record, body });
  }
  for (const { seq, record, body } of newest.values()) {
    if (facts.isOver(seq)) continue;
    const outcome = await outcomeOf(parts, body, record, facts.journaled);
    if (outcome === null) continue;
    const lines = Math.max(1, Math.ceil(outcome.refs.length / refsPerRecord));
    for (let line = 0; line < lines; line += 1)
      await parts.audit.append({
        ...outcome,
        refs: outcome.refs.slice(line * refsPerRecord, (line + 1) * refsPerRecord),
        journal: line === lines - 1 ? seq : null,
      });
  }
}

/** null: it had not changed anything. */
async function outcomeOf(
  parts: OperationParts,
  body: OperationBody,
  record: JournalRecord,
  journaled: ReadonlySet<string>,
): Promise<AuditEntry | null> {
  const { agent, method, time, traces } = body;
  const entry = {
    time,
    agent,
    repo: body.repo,
    method,
    argv: auditedArguments(body.argv),
    refs: [] as Moves,
    verdict: 'accepted' as const,
    rule: null,
    journal: null,
  };
  const repo = parts.repositories.find(({ id }) => id === body.repo);
  const isThere = repo !== undefined && repo.createdAt === body.created;
  if (traces === 'remote')
    return { ...entry, refs: copies(body.asked), verdict: 'failed', rule: 'outcome-unknown' };
  if (traces === 'goes') return isThere ? null : { ...entry, refs: [] };
  if (!isThere) return null;
  const gitDirectory = parts.repoGit(repo.id);
  const before =
    traces === 'appears' ? new Map<string, Oid>() : unpackRefs(record.blobs[0] ?? Buffer.alloc(0));
  const after = await parts.listRefs(gitDirectory);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const moves = names
    .map((ref) => ({ ref, old: before.get(ref) ?? zeroOid, new: after.get(ref) ?? zeroOid }))
    .filter(({ ref, old, new: value }) => old !== value && !journaled.has(refKey(gitDirectory, ref)));
  return moves.length === 0 && traces === 'refs' ? null : { ...entry, refs: moves };
}

function copies(updates: OperationBody['asked']): Moves {
  return updates.map(({ ref, old, new: value }) => ({ ref, old, new: value }));
}
