/** What the steps of one ref transaction share. Only interfaces. */
import type { Oid, RefName } from '../../shared/ids';
import type { AgentRecord, AgentRegistry } from '../agents/agent-registry';
import type { AuditLog } from '../audit/audit-log';
import type { Container } from '../commit/container';
import type { EventBus } from '../events/event-bus';
import type { CheckedObject } from '../git/check-offered';
import type { HostGit } from '../git/host-git';
import type { LooseFile } from '../git/loose-file';
import type { Intake } from '../intake/intake';
import type { ObjectType } from '../git/parse-plain-pack';
import type { RefQueue } from '../git/ref-queue';
import type { RefUpdates } from '../git/ref-updates';
import type { IdentityRules } from '../policy/commit-policy';
import type { PathRules } from '../policy/path-policy';
import type { RepoRecord } from '../repos/repo-registry';
import type { StoreName } from '../stores';
import type { ProposedUpdate } from './read-proposal';
import type { RefusedRef } from './refusal';

export interface TransactionRules extends PathRules, IdentityRules {
  readonly blobBytes: number;
  readonly commitBytes: number;
}

export interface TransactionParts {
  readonly agents: Pick<AgentRegistry, 'list' | 'changeOwnRefs' | 'noteActivity'>;
  readonly refs: RefUpdates;
  readonly git: HostGit;
  readonly audit: AuditLog;
  readonly events: EventBus;
  /** A folder of the daemon's on the repositories' file system. */
  readonly staging: string;
  readonly intake: Pick<Intake, 'requireRoom' | 'inTurn' | 'accepted'>;
  /** What the registered remote had for these refs when it was asked last. */
  readonly upstreamValues: (
    repo: RepoRecord,
    agent: AgentRecord,
    refs: readonly RefName[],
  ) => Promise<ReadonlyMap<string, Oid>>;
  /** Of a private agent: branches that it does not see. */
  readonly branchesOfOthers: (agent: AgentRecord) => Promise<ReadonlySet<string>>;
  /** Private agents of one repository make new branches in turn: no lock of git's keeps two from taking one name. */
  readonly newNames: RefQueue;
  readonly storeGit: (store: StoreName) => string;
  readonly rules: () => TransactionRules;
  readonly now: () => Date;
}

export interface Transaction {
  readonly agent: AgentRecord;
  readonly repo: RepoRecord;
  readonly updates: readonly ProposedUpdate[];
  readonly renamedTo: RefName | null;
  readonly argv: readonly string[];
  /** Loose objects that came with the proposal, as the agent has them. */
  readonly offered: readonly LooseFile[];
  readonly container: Container;
  /** What was refused a moment ago, and is in the audit log. */
  readonly told?: Told | null;
  readonly signal: AbortSignal;
}

/** One refusal, by which rule. */
export type Told = Pick<RefusedRef, 'ref' | 'rule'>;

/** What the repository has, before anything moves. */
export interface Seen {
  readonly refs: ReadonlyMap<RefName, Oid | null>;
  /** Types of the new values; null: the repository does not have the object. */
  readonly types: ReadonlyMap<Oid, ObjectType | null>;
  /** What was offered and can be taken without a pack; null: a pack has to be asked for. */
  readonly checked: readonly CheckedObject[] | null;
}
