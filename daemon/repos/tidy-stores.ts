/**
 * At start, after recovery and before anybody is served: attics and private agents' repositories are as they should be,
 * whatever the last daemon was doing when it ended.
 */
import type { AgentRegistry } from '../agents/agent-registry';
import { removeUnfinished } from './attic';
import { moveSnapshots, type MoveParts } from './move-snapshots';
import { showRefs, tidyPrivateStores } from './private-store';
import type { RepoRegistry } from './repo-registry';

/** A repository whose snapshots can not be moved out stays as it is, and is told about at every start. */
export async function tidyStores(
  parts: MoveParts & {
    readonly repos: Pick<RepoRegistry, 'list'>;
    readonly agents: Pick<AgentRegistry, 'list' | 'damaged'>;
  },
): Promise<void> {
  const { layout, repos, agents, log } = parts;
  await removeUnfinished(layout.attic);
  for (const record of repos.list()) {
    // A damaged record may be of any agent: its own git directory may rely on what only snapshots hold.
    const isInUse =
      agents.list().some(({ repo }) => repo === record.id) ||
      agents.damaged().some(({ repo }) => repo === null || repo === record.id);
    await moveSnapshots(parts, record, isInUse).catch((error: unknown) =>
      log.error('snapshots of removed agents are still in the repository', { repo: record.id, error }),
    );
    await tidyPrivateStores(layout, record.id);
    if (record.privateAgents) await showRefs(parts, record.id, null);
  }
}
