/** Remembers agents' git configurations under the stamp their shims send, so that a commit need not ask. Bounded. */
import type { AgentId } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import type { CommitConfig } from './commit-config';

export interface ConfigCache {
  readonly get: (agent: AgentId, key: string) => CommitConfig | undefined;
  readonly set: (agent: AgentId, key: string, config: CommitConfig) => void;
}

/** An agent alternates between few configurations; so many agents are rarely active at once. */
const perAgent = 4;
const agentLimit = 1024;

export function createConfigCache(): ConfigCache {
  const agents = new Map<AgentId, Map<string, CommitConfig>>();
  return {
    get: (agent, key) => agents.get(agent)?.get(key),
    set: (agent, key, config) => {
      const known = agents.get(agent) ?? new Map<string, CommitConfig>();
      agents.delete(agent);
      agents.set(agent, known);
      known.set(key, config);
      dropOldest(known, perAgent);
      dropOldest(agents, agentLimit);
    },
  };
}

/** What a configuration depends on; null: it cannot be told, or is too much to keep. */
export function configKey(invocation: Invocation): string | null {
  if (invocation.configStamp === '') return null;
  const settings = Object.entries(invocation.env).filter(([name]) => name.startsWith('GIT_CONFIG'));
  if (settings.length === 0 && invocation.globals.length === 0) return invocation.configStamp;
  const key = JSON.stringify([invocation.configStamp, invocation.globals, settings.sort()]);
  return key.length > 4096 ? null : key;
}

/** Not more than a few KiB per entry, since an agent decides what is in it. */
export function isSmall(config: CommitConfig): boolean {
  return JSON.stringify(config).length <= 4096;
}

function dropOldest<K>(map: Map<K, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
