/** The agents and repositories in memory, read from disk. */
import { createAgentRegistry, type AgentRegistry } from './agents/agent-registry';
import { loadAgentRecords } from './agents/load-agents';
import type { Layout } from './layout';
import type { Logger } from './log';
import type { ReleaseStack } from './release-stack';
import { loadRepoRecords } from './repos/load-repos';
import { createRepoRegistry, type RepoRegistry } from './repos/repo-registry';

/** Activity is worth little: at most so much of it is lost by a crash. */
const activityFlushMs = 2000;

export async function composeRegistries(parts: {
  readonly layout: Layout;
  readonly log: Logger;
  readonly releases: ReleaseStack;
}): Promise<{ readonly agents: AgentRegistry; readonly repos: RepoRegistry }> {
  const { layout, log } = parts;
  const repos = createRepoRegistry(layout, await loadRepoRecords(layout, log));
  const loaded = await loadAgentRecords(layout, log);
  const agents = createAgentRegistry({ layout, log, ...loaded, flushMs: activityFlushMs });
  parts.releases.add("agents' records", agents.flush);
  return { agents, repos };
}
