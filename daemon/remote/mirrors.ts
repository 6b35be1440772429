/** The mirrors in use: each is brought up to date by one fetch at a time, whoever asks. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentRecord } from '../agents/agent-registry';
import { removeLeftovers } from '../git/remove-leftovers';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import type { RemoteTarget } from './find-target';
import { mirrorPlace, type MirrorPlace } from './mirror-place';
import { refreshMirror } from './refresh-mirror';
import { createSharedRuns, type Waiter } from './shared-runs';

export interface Mirrors {
  /** Resolves to a mirror that is as new as this call. Throws as `refreshMirror`, and when the waiter's signal is aborted. */
  readonly refresh: (
    record: RepoRecord,
    agent: AgentRecord,
    target: RemoteTarget,
    waiter: Waiter,
  ) => Promise<MirrorPlace>;
}

export function createMirrors(context: RepoContext): Mirrors {
  const runs = createSharedRuns<undefined>();
  /** Mirrors whose last fetch ended well: nothing of a killed git is left in them. */
  const tidy = new Set<string>();

  return {
    refresh: async (record, agent, target, waiter) => {
      const place = mirrorPlace(context.layout, record, agent, target);
      await runs.join(
        place.gitDir,
        async (surroundings) => {
          if (!tidy.delete(place.gitDir)) {
            await removeLeftovers(place.gitDir, context.log);
            await removeKeepFiles(place.gitDir);
          }
          await refreshMirror(context, { record, agent, target }, place, surroundings);
          tidy.add(place.gitDir);
          return undefined;
        },
        waiter,
      );
      return place;
    },
  };
}

/** Packs of a fetch that did not end are kept by nobody any more. Only with the mirror's turn: no other git writes there. */
async function removeKeepFiles(gitDir: string): Promise<void> {
  const packs = join(gitDir, 'objects', 'pack');
  for (const name of await readdir(packs).catch(() => []))
    if (name.endsWith('.keep')) await rm(join(packs, name), { force: true });
}
