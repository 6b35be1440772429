/** What the steps of one `git commit` share. */
import { containerPaths } from '../../shared/paths';
import type { Oid, RefName } from '../../shared/ids';
import type { Invocation, Outcome } from '../../shared/invocation';
import type { AgentRecord } from '../agents/agent-registry';
import type { CommitEngine } from '../git/commit-engine';
import type { CleanupMode } from './clean-message';
import type { CommitConfig } from './commit-config';
import type { CommitDate } from './commit-date';
import type { CommitOptions } from './commit-options';
import type { Container } from './container';

export interface CommitCall {
  readonly invocation: Invocation;
  readonly attachments: readonly Buffer[];
  readonly options: CommitOptions;
  /** Index of the argument that ended the options (`--`), or the number of arguments after `commit`. */
  readonly optionsEnd: number;
  readonly config: CommitConfig;
  readonly cleanup: CleanupMode;
  readonly container: Container;
  readonly engine: CommitEngine;
  readonly agent: AgentRecord;
  readonly head: Head;
  /** Aborted when the agent cancelled the command, or its connection is gone. */
  readonly signal: AbortSignal;
  /** The host's clock in the container's time zone. */
  readonly now: CommitDate;
}

export interface Head {
  readonly ref: RefName;
  readonly commit: Oid;
}

export function gitdirPath(name: string): string {
  return `${containerPaths.gitdir}/${name}`;
}

/** The file as the protocol can carry it; a message that is longer is refused by the policy anyway. */
export function editMessageFile(text: string): Outcome['write'][number] {
  return { path: gitdirPath('COMMIT_EDITMSG'), text: text.slice(0, 1024 * 1024) };
}

/** The index that the agent's commands use. */
export function indexPath(invocation: Invocation): string {
  const chosen = invocation.env['GIT_INDEX_FILE'] ?? '';
  if (chosen === '') return gitdirPath('index');
  return chosen.startsWith('/') ? chosen : `${containerPaths.workspace}/${chosen}`;
}
