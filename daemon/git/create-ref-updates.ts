/** Ref moves that are not commits (a branch made or deleted, a snapshot, a fast-forward): the same way through the journal. */
import { zeroOid } from '../../shared/ids';
import { GitisoError } from '../../shared/errors';
import type { EventBus } from '../events/event-bus';
import { repoOf, storeFact, type StoreName } from '../stores';
import { moveRefs, type MoveParts } from './move-refs';
import type { RefQueue } from './ref-queue';
import type { RefUpdates } from './ref-updates';

export interface RefUpdatesParts extends MoveParts {
  readonly repoGit: (store: StoreName) => string;
  readonly events: EventBus;
  readonly queue: RefQueue;
  readonly now: () => Date;
}

export function createRefUpdates(parts: RefUpdatesParts): RefUpdates {
  return {
    read: async (store, ref) => {
      const gitDirectory = parts.repoGit(store);
      return (await parts.workers.run(gitDirectory, { op: 'readRef', gitDirectory, ref })).current;
    },
    look: (store, refs, ids) => {
      const gitDirectory = parts.repoGit(store);
      return parts.workers.run(gitDirectory, { op: 'look', gitDirectory, refs, ids });
    },
    apply: (store, updates, origin, objects) =>
      parts.queue.run(
        store,
        updates.map((update) => update.ref),
        async () => {
          await parts.audit.assertWritable();
          const gitDirectory = parts.repoGit(store);
          const { agent, method } = origin;
          const argv = [...origin.argv];
          const pack = objects?.journaled ?? null;
          // What the journal does not hold must be durable before a record relies on it.
          if (pack === null) await objects?.place();
          const result = await moveRefs(parts, {
            gitDirectory,
            body: {
              kind: 'refs',
              version: 1,
              time: parts.now().toISOString(),
              repo: store,
              updates,
              agent,
              method,
              argv,
              ...(pack === null ? {} : { hasPack: true }),
            },
            blobs: pack === null ? [] : [pack],
            prepare: async () => {
              if (pack !== null) await objects?.place();
              return parts.workers.run(gitDirectory, { op: 'prepareRefs', gitDirectory, updates });
            },
            updates: () => updates,
            entry: () => ({
              agent,
              repo: repoOf(store),
              method,
              argv,
              refs: updates.map(({ ref, old, new: target }) => ({ ref, old, new: target })),
              verdict: 'accepted',
              rule: null,
              journal: null,
            }),
          });
          if (result.kind === 'invalid')
            throw new GitisoError('invalid-change', result.reason, { details: { rule: result.rule } });
          if (result.kind === 'changed') return result;
          origin.onMoved?.(updates);
          for (const { ref, old, new: target } of updates)
            parts.events.publish({
              topic: 'refs',
              agent,
              repo: repoOf(store),
              data: { ref, old, new: target, deleted: target === zeroOid, ...storeFact(store) },
            });
          return { kind: 'updated' };
        },
      ),
  };
}
