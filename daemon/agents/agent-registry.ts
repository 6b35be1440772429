/**
 * The agents in memory, each with its durable `agent.json` (0600: environments can hold secrets). Live agents and
 * the records of removed ones are kept apart: an id can have one of each.
 */
import { Type } from '@sinclair/typebox';
import { GitisoError } from '../../shared/errors';
import { isAgentId, oidPattern, type AgentId, type Oid, type RefName, type RepoId } from '../../shared/ids';
import { AgentSchema, type Agent } from '../../shared/records';
import { removeRecord, syncDirectory, writeRecord } from '../durable-file';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import type { DamagedAgent } from './load-agents';
import { agentStorePattern, type StoreName } from '../stores';

/** The public record and what only the daemon needs. */
export interface AgentRecord extends Omit<Agent, 'id' | 'repo'> {
  readonly id: AgentId;
  readonly repo: RepoId;
  /** Unique per creation, so that a re-used id is never mistaken for its predecessor. */
  readonly generation: string;
  /** Where its commits go and what its container sees: the repository, or one of its own. */
  readonly store: StoreName;
  /** refs/heads/<branch> */
  readonly ref: RefName;
  /** Branches and tags that the agent made itself: it may move and delete them as it may move `ref`. */
  readonly ownRefs: readonly RefName[];
  /** What was accepted into the repository from this agent, over its whole life; bytes. */
  readonly acceptedBytes: number;
  /** Whether the creation made the branch: only then undoing it deletes the branch. */
  readonly branchCreated: boolean;
  /** Whether the agent was ever ready: before, there is no work that could be lost. */
  readonly wasReady: boolean;
  /** Number of the newest snapshot taken, 0: none. */
  readonly snapshots: number;
  /** The branch's value when the agent was removed, for restore. */
  readonly removedAt: Oid | null;
  readonly version: 1;
}

/** The same as a schema, for what is read back from disk. */
export const AgentRecordSchema = Type.Composite(
  [
    AgentSchema,
    Type.Object({
      generation: Type.String({ pattern: '^[0-9a-f]{16}$' }),
      store: Type.String({ pattern: agentStorePattern }),
      ref: Type.String({ pattern: '^refs/heads/' }),
      ownRefs: Type.Array(Type.String({ pattern: '^refs/(heads|tags)/' })),
      acceptedBytes: Type.Integer({ minimum: 0 }),
      branchCreated: Type.Boolean(),
      wasReady: Type.Boolean(),
      snapshots: Type.Integer({ minimum: 0 }),
      removedAt: Type.Union([Type.String({ pattern: oidPattern }), Type.Null()]),
      version: Type.Literal(1),
    }),
  ],
  { additionalProperties: false },
);

export interface AgentRegistry {
  readonly get: (id: AgentId) => AgentRecord | undefined;
  /** Throws GitisoError 'agent-not-found' or 'state-damaged'. */
  readonly require: (id: string) => AgentRecord;
  /** Live agents, in the order of their ids. */
  readonly list: () => readonly AgentRecord[];
  /** Agents, removed ones among them, whose records can not be used. Their folders, refs and containers are kept. */
  readonly damaged: () => readonly DamagedAgent[];
  /** Durable when it resolves. A damaged agent with this id has a good record again. */
  readonly mend: (record: AgentRecord) => Promise<void>;
  /** Durable when it resolves. A record with the status `removed` is kept beside the live ones. */
  readonly put: (record: AgentRecord) => Promise<void>;
  /** In memory at once, written lazily (at most every few seconds, and at shutdown). */
  readonly noteActivity: (
    id: AgentId,
    change: { readonly at: Date; readonly commits?: number; readonly acceptedBytes?: number },
  ) => void;
  /**
   * Changes which refs are the agent's own: in memory at once, written lazily. The journal holds the transactions that
   * say the same, and no checkpoint drops them before `flush`. Does nothing for an agent that is gone.
   */
  readonly changeOwnRefs: (
    id: AgentId,
    change: { readonly add: readonly RefName[]; readonly remove: readonly RefName[] },
  ) => void;
  /** Forgets a live agent; durable when it resolves. */
  readonly delete: (id: AgentId) => Promise<void>;
  readonly getRemoved: (id: AgentId) => AgentRecord | undefined;
  readonly listRemoved: () => readonly AgentRecord[];
  readonly deleteRemoved: (id: AgentId) => Promise<void>;
  /** Writes what `noteActivity` and `changeOwnRefs` have left to be written. */
  readonly flush: () => Promise<void>;
}

export interface AgentRegistryOptions {
  readonly layout: Layout;
  readonly log: Logger;
  /** What `loadAgentRecords` found. */
  readonly records: readonly AgentRecord[];
  readonly removed: readonly AgentRecord[];
  readonly damaged?: readonly DamagedAgent[];
  /** Longest time until noted activity is written. */
  readonly flushMs: number;
}

export function createAgentRegistry(options: AgentRegistryOptions): AgentRegistry {
  const { layout, log } = options;
  const live = new Map(options.records.map((record) => [record.id, record]));
  const removed = new Map(options.removed.map((record) => [record.id, record]));
  let damaged = options.damaged ?? [];
  const unwritten = new Set<AgentId>();
  /** Writes of one agent's record happen one after the other, in the order of the calls. */
  const tails = new Map<AgentId, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  const inTurn = (id: AgentId, task: () => Promise<void>): Promise<void> => {
    const result = (tails.get(id) ?? Promise.resolve()).then(task);
    const tail = result.catch(() => undefined);
    tails.set(id, tail);
    void tail.then(() => {
      if (tails.get(id) === tail) tails.delete(id);
    });
    return result;
  };

  const put = (record: AgentRecord): Promise<void> =>
    inTurn(record.id, async () => {
      if (record.status === 'removed') {
        await writeRecord(layout.removedAgent(record.id), serialize(record), 0o600);
        removed.set(record.id, record);
        return;
      }
      const merged = withKnown(record, live.get(record.id));
      unwritten.delete(record.id);
      await writeRecord(layout.agent(record.id).record, serialize(merged), 0o600);
      live.set(record.id, withKnown(merged, live.get(record.id)));
    });

  const writeLater = (id: AgentId): void => {
    unwritten.add(id);
    timer ??= setTimeout(() => void flush(), options.flushMs).unref();
  };

  const changeOwnRefs: AgentRegistry['changeOwnRefs'] = (id, { add, remove }) => {
    const record = live.get(id);
    if (record === undefined || (add.length === 0 && remove.length === 0)) return;
    const kept = new Set(record.ownRefs.filter((ref) => !remove.includes(ref)));
    for (const ref of add) if (ref !== record.ref) kept.add(ref);
    live.set(id, { ...record, ownRefs: [...kept] });
    writeLater(id);
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    for (const id of unwritten) {
      unwritten.delete(id);
      await inTurn(id, async () => {
        const record = live.get(id);
        if (record !== undefined) await writeRecord(layout.agent(id).record, serialize(record), 0o600);
      }).catch((error: unknown) =>
        log.warn('activity of an agent could not be written', { agent: id, error }),
      );
    }
  };

  return {
    get: (id) => live.get(id),
    require: (id) => {
      const record = isAgentId(id) ? live.get(id) : undefined;
      if (record === undefined) {
        const bad = damaged.find((one) => one.id === id && !one.isRemoved);
        if (bad !== undefined) throw recordDamaged(bad);
        throw new GitisoError('agent-not-found', `there is no agent ${JSON.stringify(id.slice(0, 80))}`);
      }
      return record;
    },
    list: () => inOrder(live),
    damaged: () => damaged,
    mend: async (record) => {
      await put(record);
      const isRemoved = record.status === 'removed';
      damaged = damaged.filter((one) => one.id !== record.id || one.isRemoved !== isRemoved);
    },
    put,
    noteActivity: (id, { at, commits = 0, acceptedBytes = 0 }) => {
      const record = live.get(id);
      if (record === undefined) return;
      live.set(id, {
        ...record,
        lastActivity: at.toISOString(),
        commits: record.commits + commits,
        acceptedBytes: record.acceptedBytes + acceptedBytes,
      });
      writeLater(id);
    },
    changeOwnRefs,
    delete: (id) =>
      inTurn(id, async () => {
        live.delete(id);
        unwritten.delete(id);
        await removeRecord(layout.agent(id).record);
        await syncDirectory(layout.agents);
      }),
    getRemoved: (id) => removed.get(id),
    listRemoved: () => inOrder(removed),
    deleteRemoved: (id) =>
      inTurn(id, async () => {
        removed.delete(id);
        await removeRecord(layout.removedAgent(id));
        await syncDirectory(layout.removedAgents);
      }),
    flush,
  };
}

/** What operators and editors see: everything but the internal fields. */
export function publicAgent(record: AgentRecord): Agent {
  // Unused by intent: what is left is the public part.
  const { generation, store, ref, ownRefs, acceptedBytes, branchCreated, ...rest } = record;
  const { wasReady, snapshots, removedAt, version, ...agent } = rest;
  return agent;
}

/** What a request for a damaged agent, or for its id, is answered with. */
export function recordDamaged({ id, problem }: DamagedAgent): GitisoError {
  return new GitisoError('state-damaged', `the record of agent ${id} is damaged: ${problem}`);
}

/** What was noted after the caller had read the record it changed is not lost. */
function withKnown(record: AgentRecord, known: AgentRecord | undefined): AgentRecord {
  if (known?.generation !== record.generation) return record;
  return {
    ...record,
    ownRefs: known.ownRefs,
    commits: Math.max(record.commits, known.commits),
    acceptedBytes: Math.max(record.acceptedBytes, known.acceptedBytes),
    lastActivity: record.lastActivity > known.lastActivity ? record.lastActivity : known.lastActivity,
  };
}

function inOrder(records: ReadonlyMap<AgentId, AgentRecord>): readonly AgentRecord[] {
  return [...records.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function serialize(record: AgentRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
