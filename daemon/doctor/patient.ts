/** What the doctor's checks look at, whether the daemon serves or not. Only interfaces. */
import type { AgentId, Oid, RefName } from '../../shared/ids';
import type { Finding } from '../../shared/methods/daemon-doctor';
import type { AuditRecord } from '../../shared/records';
import type { AgentRecord } from '../agents/agent-registry';
import type { LoadedAgents } from '../agents/load-agents';
import type { Verification } from '../audit/verify-segments';
import type { Config } from '../config/schema';
import type { ConfinementReport } from '../git/confinement';
import type { HostGit } from '../git/host-git';
import type { Layout } from '../layout';
import type { LoadedRepos } from '../repos/load-repos';
import type { RepoRecord } from '../repos/repo-registry';
import type { Runtime } from '../runtime/runtime';
import type { StoreName } from '../stores';

export interface Patient {
  readonly layout: Layout;
  readonly config: Config;
  /** Why the last reload of the configuration was refused. */
  readonly configError: string | null;
  /** Whether the daemon that owns the state directory asks; else nobody may write to it meanwhile. */
  readonly isServing: boolean;
  readonly isDeep: boolean;
  readonly uid: number;
  readonly now: () => Date;
  readonly agents: LoadedAgents;
  readonly repos: LoadedRepos;
  readonly git: HostGit;
  /** As it was found when the daemon started, or now when none runs. */
  readonly confinement: ConfinementReport;
  readonly runtime: Runtime;
  readonly audit: {
    readonly verify: () => Promise<Verification>;
    /** The newest `limit` records that `accept` takes, oldest first. */
    readonly tail: (
      limit: number,
      accept: (record: AuditRecord) => boolean,
    ) => Promise<readonly AuditRecord[]>;
  };
  readonly hands: Hands;
  readonly signal: AbortSignal;
}

/** How repairs are done that concern what the daemon knows. null: only with the daemon running. */
export interface Hands {
  readonly putAgent: (record: AgentRecord) => Promise<void>;
  readonly putRepo: (record: RepoRecord) => Promise<void>;
  readonly reopenSocket: ((agent: AgentId) => Promise<void>) | null;
  readonly restoreRef: ((store: StoreName, ref: RefName, value: Oid) => Promise<void>) | null;
}

export interface Diagnosis extends Omit<Finding, 'fixable' | 'fixed'> {
  /** Mends it and says what was done; only what loses nothing and can be done at any time. */
  readonly mend?: () => Promise<string>;
}

export interface Check {
  /** For people: what is looked at. */
  readonly name: string;
  readonly look: (patient: Patient) => Promise<readonly Diagnosis[]>;
}
