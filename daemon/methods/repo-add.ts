/** repo.add: registers a repository and reports progress to the caller while it is copied. */
import type { Handler } from '../dispatch/handler';
import { publicRepo } from '../repos/repo-registry';
import type { ReposService } from '../repos/repos-service';
import { progressTo } from './report-progress';

export function repoAdd(services: { readonly reposService: ReposService }): Handler<'repo.add'> {
  return async (params, context) => {
    const record = await services.reposService.add(params, {
      report: progressTo(context),
      signal: context.signal,
    });
    return publicRepo(record);
  };
}
