/** repo.fetch: brings a repository up to date with its clone and remote and tells what moved. */
import type { Handler } from '../dispatch/handler';
import type { RepoRegistry } from '../repos/repo-registry';
import type { ReposService } from '../repos/repos-service';
import { progressTo } from './report-progress';

export function repoFetch(services: {
  readonly repos: RepoRegistry;
  readonly reposService: ReposService;
}): Handler<'repo.fetch'> {
  return async (params, context) => {
    const { id } = services.repos.require(params.id);
    const moves = await services.reposService.fetch(id, { report: progressTo(context) });
    return { updated: moves.map((move) => ({ ...move })) };
  };
}
