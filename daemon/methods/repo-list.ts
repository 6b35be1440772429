/** repo.list: all repositories by id. */
import type { Handler } from '../dispatch/handler';
import { publicRepo, type RepoRegistry } from '../repos/repo-registry';

export function repoList(services: { readonly repos: RepoRegistry }): Handler<'repo.list'> {
  return async () => {
    const damaged = services.repos.damaged().map(({ id, problem }) => ({ id, error: problem }));
    return {
      repos: services.repos.list().map(publicRepo),
      ...(damaged.length === 0 ? {} : { damaged }),
    };
  };
}
