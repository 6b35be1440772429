/**
 * `git branch <name>` and `git branch -d <name>` without git (builtin/branch.c). Whatever is not plain, and every refusal, is
 * for git to tell: the command is handed to it as it is, and its hook asks again. What is allowed is decided as for every
 * other transaction.
 */
import { GitisoError } from '../../shared/errors';
import { isOid, zeroOid, type Oid } from '../../shared/ids';
import type { Invocation, Outcome } from '../../shared/invocation';
import type { AgentRecord } from '../agents/agent-registry';
import { gitdirPath, type CommitCall } from '../commit/commit-call';
import { hasHooksElsewhere, type CommitConfig } from '../commit/commit-config';
import { dateOf } from '../commit/commit-date';
import { reflogIdentity } from '../commit/commit-summary';
import type { ConfigCache } from '../commit/config-cache';
import { createContainer } from '../commit/container';
import { findCommitter } from '../commit/find-author';
import { outcome } from '../commit/outcome';
import { readConfig } from '../commit/read-config';
import { runAsIs } from '../commit/real-git';
import type { CallContext } from '../dispatch/handler';
import { keepNewest } from '../git/keep-newest';
import type { RepoRecord } from '../repos/repo-registry';
import { isAgentsDoing, propose } from '../transaction/propose';
import type { AgentTransactions } from '../transaction/agent-transactions';
import { readBranchForm, type BranchForm } from './branch-form';

export interface BranchParts {
  readonly transactions: Pick<AgentTransactions, 'parts' | 'noteRefused'>;
  readonly configs: ConfigCache;
  /** As short as git prints an id of the agent's store. */
  /** What has moved since the daemon started, the newest. */
  readonly moved: Map<string, true>;
  /** Whether shims may be asking again what they asked a daemon that has ended. */
  readonly mayBeRepeated: () => boolean;
  readonly abbreviate: (agent: AgentRecord, id: Oid) => Promise<string>;
}

interface BranchCall extends Pick<CommitCall, 'agent' | 'invocation' | 'config' | 'container' | 'now'> {
  readonly repo: RepoRecord;
  /** Where HEAD's branch is, or the branch that is to be deleted: as the agent sees it. */
  readonly value: Oid;
  readonly signal: AbortSignal;
}

const shortestId = 7;
const rememberedMoves = 1000;
const branchPrefix = 'ref: refs/heads/';

/** Throws GitisoError of the storage and of the connection. */
export async function changeBranch(
  parts: BranchParts,
  { agent, repo }: { readonly agent: AgentRecord; readonly repo: RepoRecord },
  invocation: Invocation,
  { peer, signal }: Pick<CallContext, 'peer' | 'signal'>,
): Promise<Outcome> {
  const [command, ...args] = invocation.argv;
  if (command !== 'branch') throw new GitisoError('invalid-params', 'argv must begin with branch');
  const asIs = runAsIs({ invocation }).outcome;
  const form = readBranchForm(args);
  const { parent: value } = invocation;
  if (form === null || value === null || !isOid(value) || value === zeroOid) return asIs;
  const container = createContainer(peer, invocation);
  const config = await readConfig(parts.configs, agent.id, invocation, container);
  if (config === null || isForGit(form, invocation, config)) return asIs;
  const now = dateOf(parts.transactions.parts.now(), invocation.timezone);
  const call = { agent, repo, invocation, config, container, now, value, signal };
  return (await (form.kind === 'create' ? create(parts, call, form) : remove(parts, call, form))) ?? asIs;
}

/** Settings, hooks and states with which git does more. */
function isForGit(form: BranchForm, { head, hooks, state, env }: Invocation, config: CommitConfig): boolean {
  const name = form.ref.slice('refs/heads/'.length);
  const hasHooks = hooks.includes('reference-transaction.project') || hasHooksElsewhere(config);
  const isElsewhere = Object.keys(env).some((name) => /^GIT_(COMMON_DIR|QUARANTINE_PATH|TRACE)/.test(name));
  if (hasHooks || isElsewhere || !head.startsWith(branchPrefix)) return true;
  if (form.kind === 'create') return config.branchesHaveMore || !config.isLogging;
  const isConfigured = config.configuredBranches?.includes(name) ?? true;
  // A rebase or a bisection has branches checked out that HEAD does not name.
  // So few digits may have to be more.
  const isShort = config.abbrev !== null && config.abbrev < shortestId;
  return isConfigured || isShort || state.length > 0 || head === `ref: ${form.ref}`;
}

/** null: git is to tell why not. */
async function create(parts: BranchParts, call: BranchCall, { ref }: BranchForm): Promise<Outcome | null> {
  const committer = await findCommitter(call);
  if (committer === null || !(await isMoved(parts, call, { ref, old: zeroOid, new: call.value })))
    return null;
  const start = call.invocation.head.slice(branchPrefix.length);
  const text = `${zeroOid} ${call.value} ${reflogIdentity(committer)}\tbranch: Created from ${start}\n`;
  return outcome({ append: [{ path: gitdirPath(`logs/${ref}`), text }] });
}

/** null: git is to tell why not. */
async function remove(
  parts: BranchParts,
  call: BranchCall,
  { ref, isQuiet }: Extract<BranchForm, { kind: 'delete' }>,
): Promise<Outcome | null> {
  const { agent, config, value } = call;
  const was = config.abbrev === null ? await parts.abbreviate(agent, value) : value.slice(0, config.abbrev);
  if (!(await isMoved(parts, call, { ref, old: value, new: zeroOid }))) return null;
  return outcome({
    stdout: isQuiet ? '' : `Deleted branch ${ref.slice('refs/heads/'.length)} (was ${was}).\n`,
    unlink: [ref, `logs/${ref}`].flatMap(withFoldersAbove).map(gitdirPath),
  });
}

/** The file, then the folders, which go when they are empty without it. */
function withFoldersAbove(path: string): readonly string[] {
  const parts = path.split('/');
  const fixed = parts.indexOf('heads') + 1;
  const folders = parts.slice(fixed, -1).map((_, index) => `${parts.slice(0, -1 - index).join('/')}/`);
  return [path, ...folders];
}

/** False: refused, or a race is lost. */
async function isMoved(
  { transactions: { parts, noteRefused }, moved, mayBeRepeated }: BranchParts,
  { agent, repo, invocation, container, signal }: BranchCall,
  update: { readonly ref: BranchForm['ref']; readonly old: Oid; readonly new: Oid },
): Promise<boolean> {
  const argv = ['git', ...invocation.globals, ...invocation.argv];
  try {
    const result = await propose(parts, {
      ...{ agent, repo, argv, container, signal },
      ...{ updates: [update], renamedTo: null, offered: [] },
    });
    const [refused] = result.kind === 'refused' && result.isAudited ? result.refused : [];
    if (refused !== undefined) noteRefused(agent.id, update, refused);
    if (result.kind === 'refused') return false;
    const what = `${agent.id} ${update.ref} ${update.new}`;
    if (result.updates.length > 0) keepNewest(moved, what, true, rememberedMoves);
    // Nothing to do: somebody was first. A shim that asks again what it asked a daemon that has ended was it itself.
    const isOwn = update.new === zeroOid || agent.ownRefs.includes(update.ref);
    return result.updates.length > 0 || (isOwn && mayBeRepeated() && !moved.has(what));
  } catch (error) {
    if (isAgentsDoing(error)) return false;
    throw error;
  }
}
