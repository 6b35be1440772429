/**
 * Makes what the journal describes durable where it belongs (one `syncfs` for objects, refs and the audit log), and
 * drops the journal's finished segments: now and then, when it has grown, and at a clean stop.
 */
import type { AuditLog } from '../audit/audit-log';
import type { Logger } from '../log';
import type { Journal } from './journal';
import { syncFileSystem } from './sync-file-system';

export interface Checkpoints {
  /** Takes one now; waits for one under way. Throws when the disk can not be synced: the journal then stays. */
  readonly take: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const periodMs = 30_000;
const pollMs = 1_000;
const largestBytes = 16 * 1024 * 1024;

export function startCheckpoints(parts: {
  readonly journal: Journal;
  readonly audit: AuditLog;
  readonly stateDirectory: string;
  /** Writes what the journal's records say too and is written lazily. */
  readonly flush: () => Promise<void>;
  readonly log: Logger;
}): Checkpoints {
  const { journal, audit, stateDirectory, flush, log } = parts;
  let underway: Promise<void> | null = null;
  let lastAt = performance.now();

  function take(): Promise<void> {
    underway ??= checkpoint().finally(() => {
      underway = null;
      lastAt = performance.now();
    });
    return underway;
  }

  async function checkpoint(): Promise<void> {
    await journal.checkpoint(async () => {
      await flush();
      await audit.sync();
      await syncFileSystem(stateDirectory);
    });
  }

  const timer = setInterval(() => {
    const pending = journal.pendingBytes();
    const isDue = performance.now() - lastAt > periodMs;
    if (pending === 0 || !(isDue || pending > largestBytes)) return;
    take().catch((error: unknown) => {
      log.error('the state directory can not be synced; the journal is kept', { error: String(error) });
    });
  }, pollMs);
  timer.unref();

  return {
    take,
    stop: async () => {
      clearInterval(timer);
      await take();
    },
  };
}
