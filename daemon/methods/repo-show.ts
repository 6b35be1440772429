/** repo.show: one repository with its branches, their agents and its size on disk. */
import type { AgentRecord, AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';
import type { HostGit } from '../git/host-git';
import type { Layout } from '../layout';
import { diskUse } from '../repos/disk-use';
import { listRefs } from '../repos/git-refs';
import { isRepository } from '../repos/attic';
import { isPrivate } from '../stores';
import { publicRepo, type RepoRegistry } from '../repos/repo-registry';

interface RepoShowServices {
  readonly repos: RepoRegistry;
  readonly agents: Pick<AgentRegistry, 'list'>;
  readonly hostGit: HostGit;
  readonly layout: Layout;
}

export function repoShow(services: RepoShowServices): Handler<'repo.show'> {
  return async (params) => {
    const record = services.repos.require(params.id);
    const agents = services.agents
      .list()
      .filter((agent) => agent.repo === record.id && agent.status !== 'removed');
    const ownerOf = new Map<string, string>(agents.map((agent) => [agent.ref, agent.id]));
    const [refs, own, diskBytes] = await Promise.all([
      listRefs(services.hostGit, { gitDir: record.directory }, ['refs/heads/']),
      Promise.all(agents.filter(isPrivate).map((agent) => privateBranches(services, agent))),
      diskUse(record.directory),
    ]);
    return {
      repo: publicRepo(record),
      branches: [
        ...[...refs].map(([ref, commit]) => ({ ref, commit, agent: ownerOf.get(ref) ?? null })),
        ...own.flat(),
      ],
      diskBytes,
      agents: agents.map((agent) => agent.id),
    };
  };
}

/** What a private agent has in its own repository alone. */
async function privateBranches({ hostGit, layout }: RepoShowServices, agent: AgentRecord) {
  const gitDir = layout.storeGit(agent.store);
  if (!(await isRepository(gitDir))) return [];
  const refs = await listRefs(hostGit, { gitDir }, [agent.ref, ...agent.ownRefs]);
  return [...refs]
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, commit]) => ({ ref, commit, agent: agent.id }));
}
