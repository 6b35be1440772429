/** What a part that was built needs to end; undone in reverse order. One that fails or hangs does not keep the others. */
import type { Logger } from './log';

export interface ReleaseStack {
  readonly add: (name: string, release: () => Promise<unknown> | undefined) => void;
  /** Never throws; a second call does nothing more. */
  readonly releaseAll: () => Promise<void>;
}

/** `deadlineMs`: how long each release may take. */
export function createReleaseStack(log: Logger, deadlineMs: number): ReleaseStack {
  const entries: { readonly name: string; readonly release: () => Promise<unknown> | undefined }[] = [];
  return {
    add: (name, release) => entries.push({ name, release }),
    releaseAll: async () => {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        log.debug(`stopping: ${entry.name}`);
        try {
          await withinDeadline(entry.release(), deadlineMs);
        } catch (error) {
          log.error(`could not stop cleanly: ${entry.name}`, { error });
        }
      }
    },
  };
}

async function withinDeadline(release: Promise<unknown> | undefined, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it takes too long')), deadlineMs);
  });
  try {
    await Promise.race([release, late]);
  } finally {
    clearTimeout(timer);
  }
}
