/** The agents and repositories in memory, read from disk. */
import { isAgentId } from '../shared/ids';
import { createAgentRegistry, type AgentRegistry } from './agents/agent-registry';
import { loadAgentRecords } from './agents/load-agents';
import type { Layout } from './layout';
import type { Logger } from './log';
import type { ReleaseStack } from './release-stack';
import { loadRepoRecords } from './repos/load-repos';
import { createRepoRegistry, type RepoRegistry } from './repos/repo-registry';
import { repoOf, type StoreName } from './stores';

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

/** What tells a repository and an agent from later ones of the same name, for records of the journal. */
export function createLifeOf({
  repos,
  agents,
}: {
  readonly repos: Pick<RepoRegistry, 'get'>;
  readonly agents: Pick<AgentRegistry, 'get'>;
}) {
  return (store: StoreName, agent: string | null) => {
    const created = repos.get(repoOf(store))?.createdAt;
    const generation = agent !== null && isAgentId(agent) ? agents.get(agent)?.generation : undefined;
    return {
      ...(created === undefined ? {} : { created }),
      ...(generation === undefined ? {} : { generation }),
    };
  };
}
