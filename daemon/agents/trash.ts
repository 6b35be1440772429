/** One deletion of the trash at a time, in the background: removing an agent does not wait for its files. */
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { detachStrays } from '../storage/volume';
import type { Trash } from './agent-context';
import { detachStorage } from './agent-storage';
import { emptyTrash, moveToTrash } from './teardown';

export function createTrash(layout: Layout, log: Logger): Trash {
  let running: Promise<void> | undefined;
  let again = false;
  const stopped = new AbortController();

  const sweep = async (): Promise<void> => {
    do {
      again = false;
      try {
        await detachStrays(layout.trash);
        const failed = await emptyTrash(layout.trash, stopped.signal);
        if (failed > 0) log.warn('files of removed agents could not be deleted', { failed });
      } catch (error) {
        log.error('the trash could not be emptied', { error });
      }
      // Set by a `discard` while the sweep was under way.
    } while (again as boolean);
    running = undefined;
  };

  const empty = (): void => {
    again = true;
    running ??= sweep();
  };

  return {
    discard: async (agent, generation) => {
      await detachStorage(agent);
      if (await moveToTrash(agent.root, layout.trash, generation)) empty();
    },
    empty,
    idle: async () => {
      while (running !== undefined) await running;
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
