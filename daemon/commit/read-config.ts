/** The agent's git configuration: from the cache when its shim's stamp is known, else asked for in the container. */
import type { AgentId } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import { parseCommitConfig, type CommitConfig } from './commit-config';
import { configKey, isSmall, type ConfigCache } from './config-cache';
import type { Container } from './container';
import { end, type End } from './outcome';

export async function readConfig(
  cache: ConfigCache,
  agent: AgentId,
  invocation: Invocation,
  container: Container,
): Promise<CommitConfig | End> {
  const result = await container.git(['config', '--list', '-z', '--includes']);
  if (result.exitCode !== 0) return end(result.exitCode, result.stderr.toString('latin1'));
  const config = parseCommitConfig(result.stdout.toString('latin1'));
  const key = configKey(invocation);
  if (key !== null && !config.hasIncludes && isSmall(config)) cache.set(agent, key, config);
  return config;
}

export function cachedConfig(
  cache: ConfigCache,
  agent: AgentId,
  invocation: Invocation,
): CommitConfig | undefined {
  const key = configKey(invocation);
  return key === null ? undefined : cache.get(agent, key);
}
