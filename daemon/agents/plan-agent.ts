/**
 * From a request and the configuration to a complete, checked record of the agent that shall exist. Changes nothing;
 * after it only the outside world can make a creation fail.
 */
import { randomBytes } from 'node:crypto';
import { GitisoError } from '../../shared/errors';
import type { ParamsOf } from '../../shared/contract';
import { isAgentId, isRefName, zeroOid, type AgentId, type RefName } from '../../shared/ids';
import type { agentCreate } from '../../shared/methods/agent-create';
import type { Identity } from '../../shared/records';
import { isProtected } from '../policy/branch-policy';
import { sshDirectory } from '../runtime/mounts';
import { privateStoreOf } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { planStorage } from './agent-storage';
import { checkExtraMounts, checkSharedDirectory, type ExtraMountRules } from './extra-mounts';

export type AgentOptions = ParamsOf<typeof agentCreate>;

export interface AgentPlan {
  /** Status `creating`; the commit of the base is not known yet. */
  readonly record: AgentRecord;
  /** The base as asked for, null: the default branch. */
  readonly base: string | null;
  readonly warnings: readonly string[];
}

/** git's own list (`git rev-parse --local-env-vars`): set in a container they would break every repository in it. */
const repositoryVariables = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);

/** Throws 'repo-not-found', 'policy-denied', 'branch-taken' or 'invalid-params'. */
export async function planAgent(context: AgentContext, options: AgentOptions): Promise<AgentPlan> {
  const repo = context.repos.require(options.repo);
  const id = parseAgentId(options.id);
  const branch = branchOf(options);
  const ref = branchRef(branch);
  requireFree(context, repo, id, branch, ref);
  checkEnvironment(options.environment ?? {});
  const rules = mountRules(context);
  const shareAuth =
    options.shareAuth === undefined ? null : await checkSharedDirectory(options.shareAuth, rules);
  const mounts = await checkExtraMounts(options.mounts ?? [], rules);
  const sshTarget = sshDirectory(repo.owner.uid);
  if (shareAuth !== null && mounts.some(({ target }) => `${sshTarget}/`.startsWith(`${target}/`))) {
    throw new GitisoError('invalid-params', `a mount would hide the shared SSH directory at ${sshTarget}`);
  }
  const name = options.name ?? id;
  const author = options.author ?? defaultIdentity(context, id, name);
  const time = context.now().toISOString();
  const generation = randomBytes(8).toString('hex');
  const record: AgentRecord = {
    id,
    name,
    repo: repo.id,
    store: repo.privateAgents ? privateStoreOf(repo.id, { id, generation }) : repo.id,
    branch,
    ref,
    base: { ref: options.base ?? repo.defaultBranch, commit: zeroOid, behind: null, fetched: false },
    status: 'creating',
    containerId: null,
    hostDirectory: context.layout.agent(id).workspace,
    image: options.image ?? context.config.current().docker.image,
    owner: repo.owner,
    author,
    committer: options.committer ?? author,
    network: options.network ?? 'none',
    limits: options.limits ?? {},
    storage: await planStorage(context.config.current(), options.storage),
    environment: options.environment ?? {},
    mounts: [...mounts],
    shareAuth,
    createdAt: time,
    lastActivity: time,
    commits: 0,
    generation,
    ownRefs: [],
    acceptedBytes: 0,
    branchCreated: false,
    wasReady: false,
    snapshots: context.registry.getRemoved(id)?.snapshots ?? 0,
    removedAt: null,
    version: 1,
  };
  return { record, base: options.base ?? null, warnings: authWarnings(shareAuth, sshTarget) };
}

/** The short name of the branch the agent will own. */
export function branchOf(options: Pick<AgentOptions, 'id' | 'branch'>): string {
  return options.branch ?? `agent/${options.id}`;
}

export function mountRules(context: AgentContext): ExtraMountRules {
  const { layout, config } = context;
  return { forbiddenSources: [layout.state, layout.run, config.current().docker.socket] };
}

/** Throws 'invalid-params'. */
export function parseAgentId(text: string): AgentId {
  if (!isAgentId(text)) throw new GitisoError('invalid-params', 'the id of an agent has a fixed form');
  return text;
}

function branchRef(branch: string): RefName {
  const ref = `refs/heads/${branch}`;
  if (!isRefName(ref) || branch.startsWith('-') || branch === 'HEAD') {
    throw new GitisoError('invalid-params', `${JSON.stringify(branch)} is not a branch name`);
  }
  return ref;
}

function requireFree(
  context: AgentContext,
  repo: { readonly id: string; readonly protectedBranches: readonly string[] },
  id: AgentId,
  branch: string,
  ref: RefName,
): void {
  if (isProtected(branch, repo.protectedBranches)) {
    throw new GitisoError('policy-denied', `branch ${branch} is protected; no agent can own it`, {
      hint: 'choose another branch for this agent',
      details: { rule: 'protected-branch', branch },
    });
  }
  const owner = context.registry
    .list()
    .find(
      (agent) =>
        agent.id !== id && agent.repo === repo.id && (agent.ref === ref || agent.ownRefs.includes(ref)),
    );
  if (owner !== undefined) throw branchTaken(branch, owner.id);
  const damaged = context.registry.damaged().find((agent) => agent.repo === repo.id && agent.ref === ref);
  if (damaged !== undefined) throw branchTaken(branch, damaged.id);
}

export function branchTaken(branch: string, owner: string | null): GitisoError {
  const who = owner === null ? 'somebody else' : `agent ${owner}`;
  return new GitisoError('branch-taken', `branch ${branch} belongs to ${who}`, {
    details: { branch, agent: owner },
  });
}

function checkEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (repositoryVariables.has(name)) {
      throw new GitisoError('invalid-params', `${name} in the environment would break git in the container`);
    }
    if (value.includes('\0')) {
      throw new GitisoError('invalid-params', `the value of ${name} holds a NUL character`);
    }
  }
}

/** From the configured templates. What a name for people may hold and an identity may not is left out. */
function defaultIdentity(context: AgentContext, id: AgentId, name: string): Identity {
  const { identity } = context.config.current();
  const fill = (template: string) => template.replaceAll('{id}', id).replaceAll('{name}', name);
  return {
    name: fill(identity.name).replace(/[<>]/g, '').trim().slice(0, 200) || id,
    email: fill(identity.email)
      .replace(/[\s<>]/g, '')
      .slice(0, 254),
  };
}

function authWarnings(shareAuth: string | null, target: string): readonly string[] {
  if (shareAuth === null) return [];
  return [
    `the agent can read every file in ${shareAuth}: private keys among them are no longer secret (${target})`,
  ];
}
