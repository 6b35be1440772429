/**
 * From an agent's record to a running container whose first process has reported and whose mounts were verified.
 * The one code path that builds a container: creation, start and restore all come through here.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { containerPaths } from '../../shared/paths';
import { containerLimits } from '../runtime/container-limits';
import { crashPoint } from '../crash-points';
import { agentEnvironment, agentMounts } from '../runtime/mounts';
import type { ContainerSpec, ImageFacts } from '../runtime/runtime';
import { isPrivate } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { agentFolders } from './agent-storage';
import { checkReport } from './check-report';
import { checkExtraMounts, checkSharedDirectory } from './extra-mounts';
import type { AgentLink } from './links';
import { mountRules } from './plan-agent';

/** Longest text of a container's output in an error message. */
const excerptLength = 400;

export interface LaunchedContainer {
  readonly containerId: string;
  readonly link: AgentLink;
}

/**
 * The agent's folder must have been provisioned or verified. A container that is left over when this throws is the
 * caller's to remove (`removeContainers`). Throws 'runtime-unavailable', 'runtime-failed', 'image-not-found',
 * 'timed-out', 'agent-create-failed', or the signal's reason.
 */
export async function launchContainer(
  context: AgentContext,
  record: AgentRecord,
  image: ImageFacts,
  signal: AbortSignal,
): Promise<LaunchedContainer> {
  const spec = await containerSpec(context, record, image);
  const [created, opened] = await Promise.allSettled([
    context.runtime.create(spec),
    context.sockets.open(record.id, record.owner),
  ]);
  if (created.status === 'rejected') throw created.reason;
  if (opened.status === 'rejected') throw opened.reason;
  crashPoint('agent-create:container');
  return startContainer(context, record, created.value, signal);
}

/** Starts a container that exists. Throws as `launchContainer`. */
export async function startContainer(
  context: AgentContext,
  record: AgentRecord,
  containerId: string,
  signal: AbortSignal,
): Promise<LaunchedContainer> {
  signal.throwIfAborted();
  await context.sockets.open(record.id, record.owner);
  await context.runtime.start(containerId);
  const link = await waitForReport(context, record, containerId, signal);
  checkReport(link.report, record.owner);
  return { containerId, link };
}

async function waitForReport(
  context: AgentContext,
  record: AgentRecord,
  containerId: string,
  signal: AbortSignal,
): Promise<AgentLink> {
  const settled = new AbortController();
  const { readyTimeoutMs } = context.config.current().docker;
  const ended = context.runtime.exited(containerId, settled.signal).then(async (exitCode) => {
    throw await endedEarly(context, containerId, exitCode);
  });
  const ready = context.links.waitReady(record.id, readyTimeoutMs, AbortSignal.any([signal, settled.signal]));
  try {
    return await Promise.race([ready, ended]);
  } finally {
    settled.abort(new GitisoError('request-cancelled', 'the container was waited for elsewhere'));
  }
}

async function endedEarly(
  context: AgentContext,
  containerId: string,
  exitCode: number,
): Promise<GitisoError> {
  const { stdout, stderr } = await context.runtime
    .logs(containerId, 10)
    .catch(() => ({ stdout: '', stderr: '' }));
  const said = `${stderr}${stdout}`.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return new GitisoError(
    'agent-create-failed',
    `the container ended with exit code ${exitCode} before it reported${said === '' ? '' : `: ${said.slice(0, excerptLength)}`}`,
  );
}

async function containerSpec(
  context: AgentContext,
  record: AgentRecord,
  image: ImageFacts,
): Promise<ContainerSpec> {
  // Again, because an administrator's paths can have changed since they were recorded.
  const rules = mountRules(context);
  const extra = await checkExtraMounts(record.mounts, rules);
  const shareAuth = record.shareAuth === null ? null : await checkSharedDirectory(record.shareAuth, rules);
  return {
    agent: record.id,
    generation: record.generation,
    image: record.image,
    user: record.owner,
    environment: agentEnvironment(record.environment, image.path, record.owner.uid),
    mounts: agentMounts({
      agent: agentFolders(context.layout, record),
      repoGit: context.layout.storeGit(record.store),
      borrowed: isPrivate(record) ? join(context.layout.repoGit(record.repo), 'objects') : null,
      shimDirectory: context.config.current().docker.shimDirectory,
      uid: record.owner.uid,
      extra,
      shareAuth,
    }),
    network: record.network,
    limits: containerLimits(
      record.limits,
      context.config.current().docker.defaultLimits,
      availableParallelism(),
    ),
    command: [containerPaths.init],
    workdir: containerPaths.workspace,
  };
}

/**
 * Removes every container of this very creation, found by label. Throws 'runtime-unavailable' when the engine
 * cannot be asked: then nothing counts as removed.
 */
export async function removeContainers(context: AgentContext, record: AgentRecord): Promise<void> {
  const found = await context.runtime.list();
  for (const container of found) {
    if (container.agent === record.id && container.generation === record.generation) {
      await context.runtime.remove(container.id);
    }
  }
}
