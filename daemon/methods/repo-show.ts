/** repo.show: one repository with its branches, their agents and its size on disk. */
import type { AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';
import type { HostGit } from '../git/host-git';
import { diskUse } from '../repos/disk-use';
import { listRefs } from '../repos/git-refs';
import { publicRepo, type RepoRegistry } from '../repos/repo-registry';

export function repoShow(services: {
  readonly repos: RepoRegistry;
  readonly agents: Pick<AgentRegistry, 'list'>;
  readonly hostGit: HostGit;
}): Handler<'repo.show'> {
  return async (params) => {
    const record = services.repos.require(params.id);
    const agents = services.agents
      .list()
      .filter((agent) => agent.repo === record.id && agent.status !== 'removed');
    const ownerOf = new Map<string, string>(agents.map((agent) => [agent.ref, agent.id]));
    const [refs, diskBytes] = await Promise.all([
      listRefs(services.hostGit, { gitDir: record.directory }, ['refs/heads/']),
      diskUse(record.directory),
    ]);
    return {
      repo: publicRepo(record),
      branches: [...refs].map(([ref, commit]) => ({ ref, commit, agent: ownerOf.get(ref) ?? null })),
      diskBytes,
      agents: agents.map((agent) => agent.id),
    };
  };
}
