/**
 * Reads the agents' records from disk at start. A damaged record is reported and left alone with everything that
 * belongs to it: the daemon then does not know the agent, and deletes nothing of it.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { isAgentId } from '../../shared/ids';
import { readJson } from '../durable-file';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { compileValidator } from '../validation';
import { AgentRecordSchema, type AgentRecord } from './agent-registry';

export interface LoadedAgents {
  readonly records: readonly AgentRecord[];
  readonly removed: readonly AgentRecord[];
}

/** Makes the folders when they are not there. Throws 'storage-failed' only when they cannot be read at all. */
export async function loadAgentRecords(layout: Layout, log: Logger): Promise<LoadedAgents> {
  await mkdir(layout.agents, { recursive: true, mode: 0o711 });
  await mkdir(layout.removedAgents, { recursive: true, mode: 0o700 });
  const validate = compileValidator(AgentRecordSchema, 'record');

  const load = async (id: string, path: string): Promise<AgentRecord | null> => {
    try {
      const value = await readJson(path);
      if (value === undefined) return null;
      const checked = validate(upgrade(value));
      if (checked.kind === 'invalid') throw new Error(checked.problems.join(', '));
      if (checked.value.id !== id) throw new Error('it names another agent');
      return checked.value as unknown as AgentRecord;
    } catch (error) {
      log.error("an agent's record is damaged; the agent is left alone", { agent: id, error });
      return null;
    }
  };

  const live = (await readdir(layout.agents)).filter(isAgentId);
  const removed = (await readdir(layout.removedAgents))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter(isAgentId);
  return {
    records: present(await Promise.all(live.map((id) => load(id, layout.agent(id).record)))),
    removed: present(await Promise.all(removed.map((id) => load(id, layout.removedAgent(id))))),
  };
}

/** Records of 0.1 know neither own refs nor storage, no store but the repository, and have counted no bytes. */
function upgrade(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const store: unknown = Reflect.get(value, 'repo');
  return { ownRefs: [], store, storage: null, acceptedBytes: 0, ...value };
}

function present(records: readonly (AgentRecord | null)[]): readonly AgentRecord[] {
  return records.filter((record) => record !== null);
}
