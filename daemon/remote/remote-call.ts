/** What the steps of one `git push`, `fetch`, `pull` or `ls-remote` of an agent share, and how they say no. */
import type { AgentRecord } from '../agents/agent-registry';
import type { Container } from '../commit/container';
import { fatal, type End } from '../commit/outcome';
import type { RefUpdates } from '../git/ref-updates';
import { isRefName, type RefName } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import { networkRemote, isCloneOrigin } from '../repos/update-repository';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import type { ReposService } from '../repos/repos-service';
import { displayForAgent, type RemoteUrl } from './remote-url';

export interface RemoteCall {
  readonly invocation: Invocation;
  readonly agent: AgentRecord;
  readonly record: RepoRecord;
  readonly context: RepoContext;
  readonly service: ReposService;
  readonly refs: RefUpdates;
  readonly container: Container;
  readonly signal: AbortSignal;
  readonly remote: Remote;
}

/** `clone`: the user's clone has no remote, so it is agents' origin itself. */
export type Remote =
  | { readonly kind: 'network'; readonly url: RemoteUrl; readonly display: string }
  | { readonly kind: 'clone'; readonly display: string };

export function findRemote(record: RepoRecord): Remote | null {
  if (isCloneOrigin(record)) return { kind: 'clone', display: 'origin' };
  const url = networkRemote(record);
  return url === null ? null : { kind: 'network', url, display: displayForAgent(url) };
}

/** The branch that HEAD is on, as the agent says; null when it is detached. */
export function currentBranch(invocation: Invocation): RefName | null {
  const ref = invocation.head.startsWith('ref: ') ? invocation.head.slice('ref: '.length) : '';
  return isRefName(ref) && ref.startsWith('refs/heads/') ? ref : null;
}

export function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags|remotes)\//, '');
}

/** null: the first argument names the registered remote, or there is none. */
export function refuseOtherRemote(call: RemoteCall, name: string | undefined): End | null {
  if (name === undefined || name === 'origin' || name === call.remote.display) return null;
  return fatal(
    "gitiso: only the registered remote 'origin' can be reached from here",
    `git ${call.invocation.argv[0] ?? ''} origin …`,
    'an administrator registers further remotes',
  );
}

export function refuseOption(command: string, option: string, supported: string): End {
  return fatal(
    `gitiso: git ${command} ${option} is not supported here`,
    `supported: git ${command} ${supported}`,
  );
}

/** Whether git would show how far it is: on a terminal, unless it is told otherwise. */
export function showsProgress(call: RemoteCall, options: ReadonlyMap<string, string | true>): boolean {
  if (options.has('quiet') || options.has('no-progress')) return false;
  return options.has('progress') || call.invocation.tty[2] === true;
}
