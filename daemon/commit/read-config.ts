/** The agent's git configuration: from the cache when its shim's stamp is known, else asked for in the container. */
import type { AgentId } from '../../shared/ids';
import type { Invocation } from '../../shared/invocation';
import { parseCommitConfig, type CommitConfig } from './commit-config';
import { configKey, isSmall, type ConfigCache } from './config-cache';
import type { Container } from './container';

/** null: git can not read it. */
export async function readConfig(
  cache: ConfigCache,
  agent: AgentId,
  invocation: Invocation,
  container: Container,
): Promise<CommitConfig | null> {
  const key = configKey(invocation);
  const known = key === null ? undefined : cache.get(agent, key);
  if (known !== undefined) return known;
  const result = await container.git(['config', '--list', '-z', '--includes']);
  if (result.exitCode !== 0 || result.isTruncated) return null;
  const config = parseCommitConfig(result.stdout.toString('latin1'));
  if (key !== null && !config.hasIncludes && isSmall(config)) cache.set(agent, key, config);
  return config;
}
