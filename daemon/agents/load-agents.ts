/**
 * Reads the agents' records from disk at start. A damaged record is reported and left alone with everything that
 * belongs to it: its agent is shown as `error`, the others are served, and nothing of it is deleted.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { isAgentId, type AgentId } from '../../shared/ids';
import { copyOf, readJson, readProblem, versionProblem } from '../durable-file';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { compileValidator } from '../validation';
import { AgentRecordSchema, type AgentRecord } from './agent-registry';

export interface LoadedAgents {
  readonly records: readonly AgentRecord[];
  readonly removed: readonly AgentRecord[];
  readonly damaged: readonly DamagedAgent[];
}

/** An agent, or a removed one, whose record can not be used. */
export interface DamagedAgent {
  readonly id: AgentId;
  /** The file. */
  readonly path: string;
  readonly problem: string;
  readonly isRemoved: boolean;
  /** What the rest of the record says it works on; null: unknown. */
  readonly repo: string | null;
  readonly ref: string | null;
  /** The second copy of the record, when that is whole and of an agent that was ready once. */
  readonly copy: AgentRecord | null;
}

type Read = { readonly record: AgentRecord } | { readonly problem: string; readonly rest: unknown };

const validate = compileValidator(AgentRecordSchema, 'record');

/** Makes the folders when they are not there. Throws 'storage-failed' only when they cannot be read at all. */
export async function loadAgentRecords(layout: Layout, log: Logger): Promise<LoadedAgents> {
  await mkdir(layout.agents, { recursive: true, mode: 0o711 });
  await mkdir(layout.removedAgents, { recursive: true, mode: 0o700 });
  const loaded = await readAgentRecords(layout);
  for (const { id, problem } of loaded.damaged) {
    log.error("an agent's record is damaged; the agent is left alone", {
      agent: id,
      problem,
      hint: 'gitisoctl doctor tells what can be done',
    });
  }
  return loaded;
}

/** The same without making or telling anything: also for a look from outside. */
export async function readAgentRecords(layout: Layout): Promise<LoadedAgents> {
  const live = (await names(layout.agents)).filter(isAgentId);
  const removed = (await names(layout.removedAgents))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter(isAgentId);
  const liveOnes = await Promise.all(live.map((id) => load(id, layout.agent(id).record, false)));
  const removedOnes = await Promise.all(removed.map((id) => load(id, layout.removedAgent(id), true)));
  return {
    records: liveOnes.flatMap((one) => (one !== null && 'record' in one ? [one.record] : [])),
    removed: removedOnes.flatMap((one) => (one !== null && 'record' in one ? [one.record] : [])),
    damaged: [...liveOnes, ...removedOnes].flatMap((one) => (one !== null && 'problem' in one ? [one] : [])),
  };
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}

/** null: there is no record, so no agent. */
async function load(
  id: AgentId,
  path: string,
  isRemoved: boolean,
): Promise<{ readonly record: AgentRecord } | DamagedAgent | null> {
  const found = await readRecord(id, path);
  if (found !== null && 'record' in found) return found;
  const second = await readRecord(id, copyOf(path));
  if (found === null && second === null) return null;
  const copy = second !== null && 'record' in second ? second.record : null;
  return {
    id,
    path,
    problem: found?.problem ?? 'it is missing',
    isRemoved,
    repo: copy?.repo ?? textOf(found?.rest, 'repo'),
    ref: copy?.ref ?? textOf(found?.rest, 'ref'),
    // What an unfinished creation left is undone by deleting it: too much for a guess.
    copy: copy?.wasReady === true ? copy : null,
  };
}

async function readRecord(id: AgentId, path: string): Promise<Read | null> {
  let value: unknown;
  try {
    value = await readJson(path);
  } catch (error) {
    return { problem: readProblem(error), rest: null };
  }
  if (value === undefined) return null;
  const newer = versionProblem(value, 1);
  if (newer !== null) return { problem: newer, rest: value };
  const checked = validate(upgrade(value));
  if (checked.kind === 'invalid') return { problem: checked.problems.join(', '), rest: value };
  if (checked.value.id !== id) return { problem: 'it names another agent', rest: null };
  return { record: checked.value as unknown as AgentRecord };
}

/** Records of 0.1 know neither own refs nor storage, no store but the repository, and have counted no bytes. */
function upgrade(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const store: unknown = Reflect.get(value, 'repo');
  return { ownRefs: [], store, storage: null, acceptedBytes: 0, ...value };
}

function textOf(value: unknown, key: string): string | null {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
  return typeof found === 'string' ? found : null;
}
