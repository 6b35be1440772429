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
  /** A folder of the daemon's on the repositories' file system. */
  readonly staging: string;
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
    look: (store, refs, ids, offer) => {
      const gitDirectory = parts.repoGit(store);
      const { files: offered, limits } = offer ?? { files: [], limits: { objectBytes: 0, totalBytes: 0 } };
      return parts.workers.run(gitDirectory, { op: 'look', gitDirectory, refs, ids, offered, limits });
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
          const loose = objects?.loose ?? [];
          // What the journal does not hold must be durable before a record relies on it.
          if (pack === null && loose.length === 0) await objects?.place();
          const result = await moveRefs(parts, {
            gitDirectory,
            body: {
              kind: 'refs',
              version: loose.length === 0 ? 1 : 2,
              time: parts.now().toISOString(),
              repo: store,
              updates,
              agent,
              method,
              argv,
              ...(pack === null ? {} : { hasPack: true }),
              ...(loose.length === 0 ? {} : { objects: loose.map(({ id }) => id) }),
            },
            blobs: pack === null ? loose.map(({ bytes }) => bytes) : [pack],
            prepare: async () => {
              if (pack !== null) await objects?.place();
              return parts.workers.run(gitDirectory, {
                op: 'prepareRefs',
                gitDirectory,
                updates,
                ...(loose.length === 0 ? {} : { store: { files: loose, staging: parts.staging } }),
              });
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
