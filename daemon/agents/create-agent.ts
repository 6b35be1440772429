/**
 * Creates an agent as a transaction: branch, folder, container and record, or nothing of it. Steps that do not need
 * each other run at the same time; the undo of every step is in `undo-creation.ts`.
 */
import { mkdir } from 'node:fs/promises';
import { crashPoint } from '../crash-points';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { isOid, zeroOid, type Oid } from '../../shared/ids';
import { bothSettled } from '../both-settled';
import { syncDirectory } from '../durable-file';
import type { ResolvedBase } from '../repos/resolve-base';
import type { ImageFacts } from '../runtime/runtime';
import { agentRemote } from '../remote/agent-remote';
import { branchesOfOthers, isTaken } from '../repos/agent-names';
import { keptBranch, makePrivateStore, releaseKept, showTo } from '../repos/private-store';
import { isPrivate } from '../stores';
import { remotesFile } from '../remote/remotes-file';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { agentFolders, attachStorage, makeStorage } from './agent-storage';
import { agentGitConfig } from './git-config';
import { refreshHostIndex } from './host-index';
import { launchContainer, type LaunchedContainer } from './launch-container';
import type { AgentLink } from './links';
import { branchTaken, type AgentPlan } from './plan-agent';
import { provision } from './provision';
import { withBase } from './record-base';
import { undoCreation } from './undo-creation';

/** What the new work tree starts from. */
export interface StartingPoint {
  /** The commit the branch gets when it does not exist. */
  readonly findBase: () => Promise<ResolvedBase>;
  /** Whether to look for news of the base first. */
  readonly fetch: boolean;
  /** Fills the empty work tree and the index, in the container; `branch` is the branch's value, null: unborn. */
  readonly fill: (link: AgentLink, branch: Oid | null) => Promise<void>;
}

/** The record as it was made durable. Throws what the methods list; whatever happened is undone then. */
export async function createAgent(
  context: AgentContext,
  plan: AgentPlan,
  start: StartingPoint,
  signal: AbortSignal,
): Promise<{ readonly record: AgentRecord; readonly warnings: readonly string[] }> {
  const release = context.reposService.hold(plan.record.repo);
  const creation: Creation = {
    context,
    plan,
    start,
    signal,
    warnings: [...plan.warnings],
    record: plan.record,
    hasFolder: false,
    fetched: null,
  };
  try {
    await build(creation, await prepare(creation));
    return { record: creation.record, warnings: creation.warnings };
  } catch (error) {
    const failure = asCreationError(error);
    if (creation.hasFolder)
      await undoCreation(context, creation.record, failure.message).catch(() => undefined);
    throw failure;
  } finally {
    release();
  }
}

/** What the steps hand on; `record` is always what an undo needs. */
interface Creation {
  readonly context: AgentContext;
  readonly plan: AgentPlan;
  readonly start: StartingPoint;
  readonly signal: AbortSignal;
  readonly warnings: string[];
  record: AgentRecord;
  hasFolder: boolean;
  /** null: not tried. */
  fetched: boolean | null;
}

/** Everything that can fail without a trace, then the agent's empty folder. */
async function prepare(creation: Creation): Promise<ImageFacts> {
  const { context, plan, start, record, signal } = creation;
  const [base, branch, image] = await Promise.all([
    start.findBase().catch(async (error: unknown) => {
      // Perhaps the base is new at the remote.
      if (!start.fetch || !isGitisoError(error) || error.code !== 'revision-not-found') throw error;
      await fetchNews(creation);
      return start.findBase();
    }),
    valueOfBranch(context, record),
    context.runtime.image(record.image),
  ]);
  signal.throwIfAborted();
  creation.record = { ...withBase(record, base, false), branchCreated: branch === null };
  if (branch !== null && plan.base !== null && base.commit !== branch) {
    creation.warnings.push(`branch ${record.branch} exists: the agent starts at its tip, not at the base`);
  }
  await makeRoot(context, creation.record);
  creation.hasFolder = true;
  crashPoint('agent-create:folder');
  return image;
}

async function build(creation: Creation, image: ImageFacts): Promise<void> {
  const { context, start, record } = creation;
  const failed = new AbortController();
  const signal = AbortSignal.any([creation.signal, failed.signal]);
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      failed.abort(error);
      throw error;
    });
  // Branch, files and container come after the record that names them: an undo finds all of it.
  const recorded = context.registry.put(creation.record).then(() => makeStore(context, record));
  const [branch, container] = await bothSettled(
    guarded(makeBranch(creation, recorded)),
    guarded(recorded.then(() => makeContainer(creation, image, signal))),
  );
  creation.signal.throwIfAborted();
  crashPoint('agent-create:started');
  await bothSettled(start.fill(container.link, branch), refreshHostIndex(context, creation.record, branch));
  crashPoint('agent-create:filled');
  creation.record = {
    ...creation.record,
    status: 'ready',
    wasReady: true,
    containerId: container.containerId,
    lastActivity: context.now().toISOString(),
  };
  await context.registry.put(creation.record);
  crashPoint('agent-create:ready');
  if (isPrivate(record)) await releaseKept(storeParts(context), record);
  tell(creation);
}

/** Before there is a store of a private agent's own: what it will have. */
async function valueOfBranch(context: AgentContext, record: AgentRecord): Promise<Oid | null> {
  const kept = isPrivate(record) ? await keptBranch(storeParts(context), record) : null;
  return kept ?? context.refs.read(record.repo, record.ref);
}

/** What a private agent's container mounts must be there before the container. */
async function makeStore(context: AgentContext, record: AgentRecord): Promise<void> {
  if (!isPrivate(record)) return;
  const others = await branchesOfOthers(storeParts(context), { id: record.repo }, record);
  others.delete(record.ref);
  if (isTaken(record.ref, others)) throw branchTaken(record.branch, null);
  await makePrivateStore(storeParts(context), record);
  // What moved in the meantime was shown to those that were there.
  await showTo(storeParts(context), record.id, null);
}

function storeParts({ layout, git, registry, log }: AgentContext) {
  return { layout, git, agents: registry, log };
}

/** Looks for news, then makes the branch unless it exists. Resolves with the branch's value, null: unborn. */
async function makeBranch(creation: Creation, recorded: Promise<void>): Promise<Oid | null> {
  const { context, start, record } = creation;
  await recorded;
  crashPoint('agent-create:recorded');
  tell(creation);
  if (start.fetch) {
    const fetched = await fetchNews(creation);
    creation.record = withBase(record, await start.findBase(), fetched);
    if (creation.record.base.commit !== record.base.commit) await context.registry.put(creation.record);
  }
  return record.branchCreated ? setBranch(creation) : context.refs.read(record.store, record.ref);
}

/** null: the repository has no commit yet. */
async function setBranch(creation: Creation): Promise<Oid | null> {
  const { id, store, ref, base, branch } = creation.record;
  if (!isOid(base.commit) || base.commit === zeroOid) return null;
  const origin = { agent: null, method: 'agent.create', argv: [id] };
  const update = { ref, old: zeroOid, new: base.commit };
  const result = await creation.context.refs.apply(store, [update], origin);
  if (result.kind === 'updated') return base.commit;
  // Not ours to delete.
  creation.record = { ...creation.record, branchCreated: false };
  throw branchTaken(branch, null);
}

async function makeContainer(
  { context, record }: Creation,
  image: ImageFacts,
  signal: AbortSignal,
): Promise<LaunchedContainer> {
  const repo = context.repos.require(record.repo);
  const remote = agentRemote(repo);
  if (record.storage !== null) await makeStorage(context, record);
  const provisioned = await provision({
    agent: agentFolders(context.layout, record),
    repoGit: context.layout.storeGit(record.store),
    owner: record.owner,
    ref: record.ref,
    config: agentGitConfig({ ...record, remote }),
    remotes: remotesFile(remote === null ? [] : [remote], context.config.current().policy.remotes),
    shallow: repo.depth !== null,
  });
  crashPoint('agent-create:provisioned');
  const [container] = await bothSettled(
    attachStorage(context, record).then(() => launchContainer(context, record, image, signal)),
    provisioned.sync(),
  );
  return container;
}

async function makeRoot(context: AgentContext, record: AgentRecord): Promise<void> {
  try {
    await mkdir(context.layout.agent(record.id).root, { mode: 0o711 });
    await syncDirectory(context.layout.agents);
  } catch (cause) {
    throw new GitisoError('storage-failed', "the agent's folder could not be made", { cause });
  }
}

/** Once per creation. false: the fetch failed or did not end in time, and a warning says so. */
async function fetchNews(creation: Creation): Promise<boolean> {
  const { context, record, warnings } = creation;
  if (creation.fetched !== null) return creation.fetched;
  const waitMs = context.config.current().git.createFetchTimeoutMs;
  const { fetched, reason } = await context.reposService.refresh(record.repo, { waitMs });
  if (reason !== null) warnings.push(`the base may be old: ${reason}`);
  creation.fetched = fetched;
  return fetched;
}

function tell({ context, record }: Creation): void {
  context.events.publish({
    topic: 'agents',
    agent: record.id,
    repo: record.repo,
    data: { status: record.status },
  });
}

function asCreationError(error: unknown): GitisoError {
  if (isGitisoError(error)) return error;
  return new GitisoError('agent-create-failed', 'the agent could not be created; everything was undone', {
    cause: error,
  });
}
