/**
 * The operations on agents, one at a time per agent: what the methods call. Built once by compose; owns the agents'
 * links, sockets and background work.
 */
import { GitisoError } from '../../shared/errors';
import type { AgentId } from '../../shared/ids';
import { createOperationQueue } from '../repos/operation-queue';
import type { AgentContext, AgentParts } from './agent-context';
import { recordDamaged, type AgentRecord } from './agent-registry';
import { measureAgent, type AgentMeasurement } from './agent-stats';
import { changeStatus } from './change-status';
import { createContainerGit } from './container-git';
import { createAgent } from './create-agent';
import { checkOutBranch } from './fill-workspace';
import { createHeldSockets } from './held-sockets';
import { createHostIndexes } from './host-index';
import { createAgentLinks, type AgentLinks } from './links';
import { branchOf, branchTaken, parseAgentId, planAgent, type AgentOptions } from './plan-agent';
import { reconcileContainers, reconcileSockets } from './reconcile';
import { removeAgent, type Removal } from './remove-agent';
import { restoreAgent } from './restore-agent';
import { requireSettled, startAgent, stopContainer } from './start-agent';
import { createTrash } from './trash';
import { isUnfinished } from './undo-creation';
import { createContainerWatch } from './watch-containers';

export interface CreatedAgent {
  readonly record: AgentRecord;
  /** false: it was there already and `ensure` was given. */
  readonly created: boolean;
  readonly warnings: readonly string[];
}

export interface AgentLife {
  readonly links: AgentLinks;
  readonly create: (options: AgentOptions, signal: AbortSignal) => Promise<CreatedAgent>;
  readonly start: (id: string, signal: AbortSignal) => Promise<AgentRecord>;
  readonly stop: (id: string) => Promise<AgentRecord>;
  readonly remove: (
    id: string,
    options: { readonly force: boolean; readonly signal: AbortSignal },
  ) => Promise<Removal>;
  readonly restore: (
    id: string,
    number: number | null,
    signal: AbortSignal,
  ) => ReturnType<typeof restoreAgent>;
  readonly measure: (id: string) => Promise<AgentMeasurement>;
  /** Opens the sockets of agents that were ready; goes on with the containers in the background. */
  readonly begin: () => Promise<void>;
  /** Brings a recorded agent back whose record was mended: its socket and what its container does. */
  readonly takeUp: (id: string) => Promise<void>;
  /** Resolves when the start-up work in the background is done, however long the engine stays away. */
  readonly settled: () => Promise<void>;
  /** Closes sockets and ends background work; containers go on running. */
  readonly end: () => Promise<void>;
}

/** Longer than the slowest start, stop or removal: an operation behind them gives up with 'timed-out'. */
const turnTimeoutMs = 1_800_000;
const hostIndexQuietMs = 1000;
const firstRetryMs = 1000;
const longestRetryMs = 60_000;

export function createAgentLife(parts: AgentParts): AgentLife {
  const context: AgentContext = {
    ...parts,
    links: createAgentLinks(),
    containerGit: createContainerGit(),
    sockets: createHeldSockets(parts.layout, parts.openAgentSocket),
    trash: createTrash(parts.layout, parts.log),
  };
  const { registry, links } = context;
  const queue = createOperationQueue();
  const inTurn = <T>(id: string, task: () => Promise<T>) => queue.run(`agent ${id}`, turnTimeoutMs, task);
  const ofRecord = (record: AgentRecord, task: () => Promise<void>) => inTurn(record.id, task);
  const watch = createContainerWatch(context, ofRecord);
  links.onLost(watch.onLost);
  const hostIndexes = createHostIndexes(context, hostIndexQuietMs);
  const unsubscribe = parts.events.subscribe(hostIndexes.onEvent);
  /** Creations under way, so that a second one of the same id or branch loses at once, or waits for the first. */
  const creations = new Map<AgentId, Promise<{ readonly record: AgentRecord }>>();
  const branches = new Set<string>();
  const ending = new AbortController();
  let background: Promise<void> = Promise.resolve();

  const create = async (options: AgentOptions, signal: AbortSignal): Promise<CreatedAgent> => {
    const { record, warnings } = await createAgent(
      context,
      await planAgent(context, options),
      {
        fetch: true,
        findBase: () =>
          context.reposService.resolveBase(context.repos.require(options.repo).id, options.base),
        fill: (link, branch) => checkOutBranch(context, link, branch),
      },
      signal,
    );
    return { record, created: true, warnings };
  };

  /** From here to the end of the creation nobody else gets the id or the branch. */
  const reserve = <T extends { readonly record: AgentRecord }>(
    id: AgentId,
    target: { readonly repo: string; readonly branch: string },
    creation: () => Promise<T>,
  ): Promise<T> => {
    const damaged = registry.damaged().find((one) => one.id === id);
    if (damaged !== undefined) throw recordDamaged(damaged);
    if (creations.has(id) || registry.get(id) !== undefined) throw agentExists(id);
    const branch = JSON.stringify([target.repo, target.branch]);
    if (branches.has(branch)) throw branchTaken(target.branch, null);
    branches.add(branch);
    const running = inTurn(id, creation).finally(() => {
      creations.delete(id);
      branches.delete(branch);
      // It failed and could not be undone: the engine is away.
      const left = registry.get(id);
      if (left !== undefined && isUnfinished(left)) background = background.then(reconcile);
    });
    creations.set(id, running);
    return running;
  };

  const reconcile = async (): Promise<void> => {
    for (
      let delayMs = firstRetryMs;
      !ending.signal.aborted;
      delayMs = Math.min(delayMs * 2, longestRetryMs)
    ) {
      try {
        await reconcileContainers(context, ofRecord);
        return;
      } catch (error) {
        context.log.warn('the containers could not be reconciled yet', { error });
        await pause(delayMs, ending.signal);
      }
    }
  };

  return {
    links,
    create: async (options, signal) => {
      const id = parseAgentId(options.id);
      if (options.ensure === true) {
        const record = (await creations.get(id))?.record ?? registry.get(id);
        if (record?.repo === options.repo) {
          requireSettled(record);
          return { record, created: false, warnings: [] };
        }
      }
      const target = { repo: options.repo, branch: branchOf(options) };
      return reserve(id, target, () => create(options, signal));
    },
    start: (id, signal) =>
      inTurn(id, async () => {
        const record = registry.require(id);
        requireSettled(record);
        const { containerId } = await startAgent(context, record, signal);
        if (record.status === 'ready' && record.containerId === containerId) return record;
        return changeStatus(context, record, { status: 'ready', containerId });
      }),
    stop: (id) =>
      inTurn(id, async () => {
        const record = registry.require(id);
        requireSettled(record);
        await stopContainer(context, record);
        if (record.status === 'stopped') return record;
        return changeStatus(context, record, { status: 'stopped', containerId: record.containerId });
      }),
    remove: (id, options) => inTurn(id, () => removeAgent(context, registry.require(id), options)),
    restore: async (text, number, signal) => {
      const id = parseAgentId(text);
      const removed = registry.getRemoved(id);
      const damaged = registry.damaged().find((one) => one.id === id && one.isRemoved);
      if (removed === undefined && damaged !== undefined) throw recordDamaged(damaged);
      if (removed === undefined && registry.get(id) === undefined) {
        throw new GitisoError('snapshot-not-found', `no agent ${id} was removed`);
      }
      if (removed === undefined) throw agentExists(id);
      return reserve(id, removed, () => restoreAgent(context, removed, number, signal));
    },
    measure: (id) => measureAgent(context, registry.require(id)),
    begin: async () => {
      await reconcileSockets(context);
      background = reconcile();
    },
    takeUp: async (id) => {
      const record = registry.require(id);
      if (record.status === 'ready') await context.sockets.reopen(record.id, record.owner);
      background = background.then(reconcile);
    },
    settled: () => background,
    end: async () => {
      ending.abort();
      watch.stop();
      unsubscribe();
      await background;
      await hostIndexes.stop();
      await context.sockets.closeAll();
      await context.trash.stop();
      await registry.flush();
    },
  };
}

function agentExists(id: string): GitisoError {
  return new GitisoError('agent-exists', `there is an agent ${id} already`);
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs).unref();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
