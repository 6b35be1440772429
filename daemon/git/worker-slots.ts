/** Which worker serves which repository, and what waits for it. Starts nothing and sends nothing. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { LockBook } from './lock-book';
import type { FailureReason } from './worker-failure';
import type { WorkerProcess } from './worker-process';
import type { WorkerRequest } from './worker-protocol';

/** A request on its way: queued, sent, or waiting to be done again alone. */
export interface Job {
  readonly repository: string;
  readonly request: WorkerRequest;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GitisoError) => void;
  /** Was under way when a worker failed: is done again with nothing beside it, so that a culprit shows. */
  isSuspect: boolean;
  timer: NodeJS.Timeout | null;
  isLate: boolean;
}

/** A worker process with what it has to do. */
export interface Worker {
  readonly process: WorkerProcess;
  /** Repositories that were there when it was started: it sees no others. */
  readonly repositories: ReadonlyMap<string, number>;
  readonly sent: Map<number, Job>;
  readonly locks: LockBook;
  served: number;
  idleTimer: NodeJS.Timeout | null;
  watch: NodeJS.Timeout | null;
  /** Set when the pool kills it. */
  killedFor: FailureReason | null;
  /** Gets no more work: ends when what it has is done. */
  isLeaving: boolean;
  hasLeft: boolean;
}

/** A place for one worker: its repositories are always served from here. */
export interface Slot {
  readonly repositories: Set<string>;
  worker: Worker | null;
  queue: Job[];
}

export interface Slots {
  readonly slots: readonly Slot[];
  /** For what takes long and needs no order with others. */
  readonly apart: Slot;
  readonly slotOf: (repository: string) => Slot;
  /** What a worker that is started for a repository is to see, with inodes. */
  readonly repositoriesFor: (slot: Slot, wanted: string) => ReadonlyMap<string, number>;
}

export function createSlots(count: number): Slots {
  const newSlot = (): Slot => ({ repositories: new Set<string>(), worker: null, queue: [] });
  const slots: readonly Slot[] = Array.from({ length: count }, newSlot);
  const apart = newSlot();
  const assigned = new Map<string, Slot>();

  function slotOf(repository: string): Slot {
    const known = assigned.get(repository);
    if (known !== undefined) return known;
    const slot = slots[assigned.size % count];
    if (slot === undefined) throw new GitisoError('internal-error', 'there is no worker');
    assign(repository, slot);
    return slot;
  }

  function assign(repository: string, slot: Slot): void {
    assigned.set(repository, slot);
    slot.repositories.add(repository);
  }

  /** Repositories that will be wanted sooner or later, so that the worker need not be replaced for each. */
  function adoptNeighbours(slot: Slot): void {
    for (const folder of new Set([...slot.repositories].map((path) => dirname(path))))
      for (const name of namesIn(folder)) if (/^[^.].*\.git$/.test(name)) slotOf(join(folder, name));
  }

  function forgetRemoved(slot: Slot): void {
    for (const path of [...slot.repositories])
      if (inodeOf(path) === 0) {
        slot.repositories.delete(path);
        if (slot !== apart) assigned.delete(path);
      }
  }

  return {
    slots: [...slots, apart],
    apart,
    slotOf,
    repositoriesFor: (slot, wanted) => {
      if (slot !== apart) adoptNeighbours(slot);
      forgetRemoved(slot);
      if (slot === apart) slot.repositories.add(wanted);
      else assign(wanted, slot);
      return new Map([...slot.repositories].map((path) => [path, inodeOf(path)] as const));
    },
  };
}

/** Of a folder; 0: there is none. */
export function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

export function failAll(worker: Worker, error: GitisoError): void {
  for (const job of worker.sent.values()) {
    if (job.timer) clearTimeout(job.timer);
    job.reject(error);
  }
  worker.sent.clear();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
