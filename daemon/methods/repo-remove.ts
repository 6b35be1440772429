/** repo.remove: forgets a repository; the user's clone and the remote stay. */
import type { Handler } from '../dispatch/handler';
import type { RepoRegistry } from '../repos/repo-registry';
import type { ReposService } from '../repos/repos-service';

export function repoRemove(services: {
  readonly repos: RepoRegistry;
  readonly reposService: ReposService;
}): Handler<'repo.remove'> {
  return async (params) => {
    const { id } = services.repos.require(params.id);
    await services.reposService.remove(id, { force: params.force ?? false });
    return { removed: true };
  };
}
