/** Keeps one watch on each repository and each linked clone, as repositories are added and removed. */
import type { RepoId } from '../../shared/ids';
import type { RepoContext } from '../repos/repo-context';
import { watchClone, type CloneActions } from './clone-watcher';
import { watchRefs } from './ref-watcher';
import type { PathWatch } from './watch-paths';

export interface RepositoryWatches {
  /** Resolves when the repositories that exist now are watched. */
  readonly ready: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export function watchRepositories(context: RepoContext, actions: CloneActions): RepositoryWatches {
  const watches = new Map<RepoId, readonly PathWatch[]>();
  const closing = new Set<Promise<void>>();

  const adjust = (): void => {
    const isEnabled = context.config.current().watch.enabled;
    const records = isEnabled ? context.registry.list() : [];
    for (const record of records) {
      if (watches.has(record.id)) continue;
      const { id, cloneDir } = record;
      const clone = cloneDir === null ? [] : [watchClone(context, { id, cloneDir }, actions)];
      watches.set(id, [watchRefs(context, record), ...clone]);
    }
    const present = new Set(records.map(({ id }) => id));
    for (const [id, watchers] of [...watches]) {
      if (present.has(id)) continue;
      watches.delete(id);
      closeAll(watchers);
    }
  };

  const closeAll = (watchers: readonly PathWatch[]): void => {
    const done: Promise<void> = Promise.all(watchers.map((watcher) => watcher.close()))
      .then(() => undefined)
      .finally(() => closing.delete(done));
    closing.add(done);
  };

  const unsubscribe = context.events.subscribe((event) => {
    if (event.topic === 'refs' && ['add', 'remove'].includes(String(event.data['cause']))) adjust();
  });
  adjust();

  return {
    ready: async () => {
      await Promise.all([...watches.values()].flat().map((watcher) => watcher.ready));
    },
    close: async () => {
      unsubscribe();
      for (const watchers of watches.values()) closeAll(watchers);
      watches.clear();
      await Promise.all(closing);
    },
  };
}
