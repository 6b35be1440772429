/** What the steps of one connection of an agent to a remote share. Only an interface. */
import type { AgentRecord } from '../agents/agent-registry';
import type { Intake } from '../intake/intake';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import type { RemoteTarget } from './find-target';
import type { Mirrors } from './mirrors';

export interface RemoteCall {
  readonly agent: AgentRecord;
  readonly record: RepoRecord;
  readonly target: RemoteTarget;
  readonly context: RepoContext;
  readonly mirrors: Mirrors;
  readonly intake: Pick<Intake, 'requireRoom' | 'accepted'>;
  /** Of git's protocol, as the agent asked. */
  readonly version: number;
  /** Whether the agent wants to see how far things are. */
  readonly progress: boolean;
  /** How long git waits for the other end. */
  readonly silenceSeconds: number;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  /** Shows text on the agent's standard error, before the connection becomes a stream. */
  readonly print: (text: string) => Promise<void>;
}
