/** What a pool of git workers is given, and what it gives. */
import type { Logger } from '../log';
import type { Confinement } from './confinement';
import type { WorkerOp, WorkerRequest, WorkerResults } from './worker-protocol';

/** Times in milliseconds. */
export interface WorkerPoolOptions {
  /** The compiled git-worker.js. */
  readonly script: string;
  readonly count: number;
  /** Added to what every worker has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A worker without work ends after so long; 0: never. */
  readonly idleMs: number;
  /** A worker is replaced after so many requests. */
  readonly recycleAfter: number;
  /** A request that takes longer costs the worker its life. */
  readonly deadlineMs: number;
  /** A worker that uses more than this is killed; one that keeps half of it without work is replaced. */
  readonly memoryBytes: number;
  readonly confinement: Confinement;
  readonly log: Logger;
}

/** The request of one kind. */
export type RequestOf<O extends WorkerOp> = Extract<WorkerRequest, { op: O }>;

/** The git workers as the daemon uses them. */
export interface WorkerPool {
  /**
   * Throws GitisoError 'worker-failed' (`details.reason`: the worker `crashed`, `hung`, needed too much `memory`, or hit a
   * `defect`) or 'storage-failed' (disk). 'settle' must go to the worker that prepared, so `repository` must be the same path.
   */
  readonly run: <O extends WorkerOp>(repository: string, request: RequestOf<O>) => Promise<WorkerResults[O]>;
  /** The same for what takes long and needs no order with others: a worker of its own. */
  readonly runApart: (request: RequestOf<'import'>) => Promise<WorkerResults['import']>;
  readonly running: () => number;
  readonly restarts: () => number;
  /** For tests of what a crash or a hang costs. */
  readonly killAll: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
}
