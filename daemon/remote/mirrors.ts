/** The mirrors in use: each is brought up to date by one fetch at a time, whoever asks. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentRecord } from '../agents/agent-registry';
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
          if (!tidy.delete(place.gitDir)) await removeLeftovers(place.gitDir);
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

/** Locks and unfinished packs of a git that was killed. Only with the mirror's turn: then no other git writes there. */
async function removeLeftovers(gitDir: string): Promise<void> {
  const packs = join(gitDir, 'objects', 'pack');
  for (const name of await namesIn(packs))
    if (/^tmp_|\.keep$/.test(name)) await rm(join(packs, name), { force: true });
  for (const name of await namesIn(gitDir))
    if (name.endsWith('.lock')) await rm(join(gitDir, name), { force: true });
  for (const name of await namesIn(join(gitDir, 'refs'), { recursive: true }))
    if (name.endsWith('.lock')) await rm(join(gitDir, 'refs', name), { force: true });
}

async function namesIn(folder: string, options: { recursive?: true } = {}): Promise<readonly string[]> {
  return readdir(folder, options).catch(() => []);
}
