/** Ref moves that are not commits (a branch made or deleted, a snapshot, a fast-forward): the same way through the journal. */
import { zeroOid } from '../../shared/ids';
import { GitisoError } from '../../shared/errors';
import type { AuditEntry } from '../audit/audit-log';
import type { EventBus } from '../events/event-bus';
import { repoOf, storeFact, type StoreName } from '../stores';
import type { RefsBody } from './journal-body';
import { moveInTurn } from './move-in-turn';
import { moveRefs, type MoveParts } from './move-refs';
import { lookAtFiles, rememberRefFiles } from './look-at-files';
import type { RefQueue } from './ref-queue';
import type { RefMoveOrigin, RefUpdate, RefUpdateResult, RefUpdates } from './ref-updates';
import type { Refusal } from './worker-protocol';

export interface RefUpdatesParts extends MoveParts {
  readonly repoGit: (store: StoreName) => string;
  /** What a record must name so that it is never taken for one about a successor. */
  readonly lifeOf?: (
    store: StoreName,
    agent: string | null,
  ) => { readonly created?: string; readonly generation?: string };
  readonly events: EventBus;
  readonly queue: RefQueue;
  readonly now: () => Date;
}

export function createRefUpdates(parts: RefUpdatesParts): RefUpdates {
  const filesOf = rememberRefFiles();
  return {
    read: async (store, ref) => {
      const gitDirectory = parts.repoGit(store);
      return (await parts.workers.run(gitDirectory, { op: 'readRef', gitDirectory, ref })).current;
    },
    look: (store, refs, ids, offer) => {
      const gitDirectory = parts.repoGit(store);
      const { files: offered, limits } = offer ?? { files: [], limits: { objectBytes: 0, totalBytes: 0 } };
      const seen = offered.length === 0 ? lookAtFiles(filesOf(gitDirectory), refs, ids) : null;
      if (seen !== null) return Promise.resolve(seen);
      return parts.workers.run(gitDirectory, { op: 'look', gitDirectory, refs, ids, offered, limits });
    },
    apply: (store, updates, origin, objects) =>
      inTurn(
        store,
        updates,
        async (gitDirectory) => {
          const pack = objects?.journaled ?? null;
          const loose = objects?.loose ?? [];
          // What the journal does not hold must be durable before a record relies on it.
          if (pack === null && loose.length === 0) await objects?.place();
          return moveRefs(parts, {
            gitDirectory,
            body: {
              ...bodyOf(store, updates, origin),
              ...(loose.length === 0 ? {} : { version: 2, objects: loose.map(({ id }) => id) }),
              ...(pack === null ? {} : { hasPack: true }),
            },
            blobs: pack === null ? loose.map(({ bytes }) => bytes) : [pack],
            prepare: async () => {
              if (pack !== null) await objects?.place();
              return parts.workers.run(gitDirectory, {
                op: 'prepareRefs',
                gitDirectory,
                updates,
                ...(loose.length === 0 ? {} : { files: loose }),
              });
            },
            updates: () => updates,
            entry: () => entryOf(store, updates, origin),
          });
        },
        origin,
      ),
    replace: (store, gone, come, origin) =>
      inTurn(
        store,
        [gone, come],
        (gitDirectory) =>
          moveInTurn(parts, {
            gitDirectory,
            body: bodyOf(store, [gone, come], origin),
            gone,
            come,
            entry: entryOf(store, [gone, come], origin),
          }),
        origin,
      ),
  };

  /** Takes the turn of all refs; afterwards tells who listens. Throws 'invalid-change' when names are in the way. */
  function inTurn(
    store: StoreName,
    updates: readonly RefUpdate[],
    move: (gitDirectory: string) => Promise<{ readonly kind: 'prepared' | 'moved' } | Refusal>,
    origin: RefMoveOrigin,
  ): Promise<RefUpdateResult> {
    const refs = updates.map((update) => update.ref);
    return parts.queue.run(store, refs, async () => {
      await parts.audit.assertWritable();
      const result = await move(parts.repoGit(store));
      if (result.kind === 'invalid')
        throw new GitisoError('invalid-change', result.reason, { details: { rule: result.rule } });
      if (result.kind === 'changed') return result;
      origin.onMoved?.(updates);
      for (const { ref, old, new: target } of updates)
        parts.events.publish({
          topic: 'refs',
          agent: origin.agent,
          repo: repoOf(store),
          data: { ref, old, new: target, deleted: target === zeroOid, ...storeFact(store) },
        });
      return { kind: 'updated' };
    });
  }

  function bodyOf(
    store: StoreName,
    updates: readonly RefUpdate[],
    { agent, method, argv, fetched = [] }: RefMoveOrigin,
  ): RefsBody {
    const time = parts.now().toISOString();
    const life = parts.lifeOf?.(store, agent);
    const follows = fetched.length === 0 ? {} : { fetched };
    return { kind: 'refs', version: 1, ...life, time, repo: store, updates, ...follows, agent, method, argv };
  }
}

function entryOf(
  store: StoreName,
  updates: readonly RefUpdate[],
  { agent, method, argv }: RefMoveOrigin,
): AuditEntry {
  return {
    agent,
    repo: repoOf(store),
    method,
    argv: [...argv],
    refs: updates.map(({ ref, old, new: target }) => ({ ref, old, new: target })),
    verdict: 'accepted',
    rule: null,
    journal: null,
  };
}
