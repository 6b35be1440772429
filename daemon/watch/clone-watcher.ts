/**
 * Watches the refs of a user's clone: new commits reach the agents' view, and a branch that is no longer checked
 * out can be published. Agents' branches there are the daemon's own work and are not watched.
 */
import { join, relative } from 'node:path';
import type { RepoId } from '../../shared/ids';
import type { RepoContext } from '../repos/repo-context';
import { ownedBranches } from '../repos/agent-names';
import { debounce } from './debounce';
import { watchPaths, type PathWatch } from './watch-paths';

/** Where agents' branches are published by default: a watch there would be told of every publication. */
const agentFolder = 'refs/heads/agent';

export interface CloneActions {
  /** Branches, tags or remote-tracking refs changed. */
  readonly syncClone: (repo: RepoId) => Promise<unknown>;
  /** Another branch was checked out. */
  readonly schedulePublication: (repo: RepoId) => void;
}

export function watchClone(
  context: Pick<RepoContext, 'agents' | 'config' | 'log'>,
  repo: { readonly id: RepoId; readonly cloneDir: string },
  actions: CloneActions,
): PathWatch {
  const onError = (error: unknown) =>
    context.log.warn('the clone of a repository cannot be watched or read', { repo: repo.id, error });
  const sync = debounce(
    () => context.config.current().watch.delayMs,
    async () => {
      await actions.syncClone(repo.id);
    },
    onError,
  );
  const watched = watchPaths(
    ['HEAD', 'packed-refs', 'refs/heads', 'refs/tags', 'refs/remotes/origin'].map((name) =>
      join(repo.cloneDir, name),
    ),
    {
      ignored: (path) => path.endsWith('.lock') || relative(repo.cloneDir, path) === agentFolder,
      onChange: (path) => {
        const name = relative(repo.cloneDir, path);
        if (name === 'HEAD') actions.schedulePublication(repo.id);
        else if (!ownedBranches(context, repo).has(name)) sync.trigger();
      },
      onError,
    },
  );
  return {
    ready: watched.ready,
    close: async () => {
      await watched.close();
      await sync.stop();
    },
  };
}
