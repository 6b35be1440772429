/**
 * The git workers as the daemon sees them: started when first needed, one repository always on the same worker,
 * replaced when they die or hang, ended when idle. A worker's death costs the requests it was serving, no more.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPointEnvironment } from '../crash-points';
import { GitisoError } from '../../shared/errors';
import type { Logger } from '../log';
import { asWorkerError } from './worker-error';
import type { FromWorker, WorkerOp, WorkerRequest, WorkerResults } from './worker-protocol';

type RequestOf<O extends WorkerOp> = Extract<WorkerRequest, { op: O }>;

export interface WorkerPoolOptions {
  /** The compiled git-worker.js. */
  readonly script: string;
  readonly count: number;
  /** Added to what every worker has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A worker without work ends after so long; 0: never. */
  readonly idleMs: number;
  /** A worker ends after so many requests, when it has none under way. */
  readonly recycleAfter: number;
  /** A request that takes longer costs the worker its life. */
  readonly deadlineMs: number;
  readonly log: Logger;
}

export interface WorkerPool {
  /**
   * Throws GitisoError 'worker-failed' (the worker died, hung or hit a defect) or 'storage-failed' (disk).
   * 'settle' must go to the worker that prepared, so `repository` must be the same path.
   */
  readonly run: <O extends WorkerOp>(repository: string, request: RequestOf<O>) => Promise<WorkerResults[O]>;
  /** The same for what takes long and needs no order with others: a worker of its own, one request after the other. */
  readonly runApart: <O extends WorkerOp>(request: RequestOf<O>) => Promise<WorkerResults[O]>;
  readonly running: () => number;
  readonly restarts: () => number;
  /** For tests of what a crash costs. */
  readonly killAll: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GitisoError) => void;
  readonly timer: NodeJS.Timeout;
}

interface Worker {
  readonly child: ChildProcess;
  readonly pending: Map<number, Pending>;
  /** Lock files of refs this worker may hold, to be removed when it dies. */
  readonly locks: Map<number, readonly string[]>;
  served: number;
  idleTimer: NodeJS.Timeout | null;
  isRetiring: boolean;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const slots: (Worker | null)[] = new Array<Worker | null>(options.count + 1).fill(null);
  const assigned = new Map<string, number>();
  let lastId = 0;
  let restarts = 0;
  let isStopping = false;

  function slotOf(repository: string): number {
    const known = assigned.get(repository);
    if (known !== undefined) return known;
    const slot = assigned.size % options.count;
    assigned.set(repository, slot);
    return slot;
  }

  function workerOf(slot: number): Worker {
    const existing = slots[slot];
    if (existing) return existing;
    if (isStopping) throw new GitisoError('shutting-down', 'the git workers are stopping');
    const child = fork(options.script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        PATH: '/usr/bin:/bin',
        HOME: '/nonexistent',
        ...options.environment,
        ...crashPointEnvironment(),
      },
    });
    const worker: Worker = {
      child,
      pending: new Map(),
      locks: new Map(),
      served: 0,
      idleTimer: null,
      isRetiring: false,
    };
    slots[slot] = worker;
    child.stderr?.on('data', (data: Buffer) => {
      options.log.warn('git worker printed', { text: data.toString('utf8', 0, 2000) });
    });
    child.on('message', (message: FromWorker) => {
      receive(slot, worker, message);
    });
    child.on('error', (error) => {
      options.log.error('git worker failed', { error: error.message });
      // A child that never was has no exit either.
      if (child.pid === undefined) void buried(slot, worker, null, null);
    });
    child.on('exit', (code, signal) => void buried(slot, worker, code, signal));
    return worker;
  }

  function receive(slot: number, worker: Worker, message: FromWorker): void {
    const pending = worker.pending.get(message.id);
    if (pending === undefined) return;
    worker.pending.delete(message.id);
    clearTimeout(pending.timer);
    worker.served += 1;
    if ('error' in message) pending.reject(asWorkerError(message.error, message.code));
    else pending.resolve(message.result);
    if (worker.pending.size === 0 && worker.locks.size === 0) rest(slot, worker);
  }

  /** Nothing to do: recycle when it is time, else end after a while. */
  function rest(slot: number, worker: Worker): void {
    if (worker.served >= options.recycleAfter) {
      retire(slot, worker);
    } else if (options.idleMs > 0) {
      worker.idleTimer ??= setTimeout(() => {
        retire(slot, worker);
      }, options.idleMs).unref();
    }
  }

  function retire(slot: number, worker: Worker): void {
    worker.isRetiring = true;
    if (slots[slot] === worker) slots[slot] = null;
    worker.child.disconnect();
  }

  async function buried(
    slot: number,
    worker: Worker,
    code: number | null,
    signal: string | null,
  ): Promise<void> {
    if (slots[slot] === worker) slots[slot] = null;
    if (worker.idleTimer) clearTimeout(worker.idleTimer);
    if (worker.isRetiring && worker.pending.size === 0) return;
    restarts += 1;
    options.log.error('git worker ended unexpectedly', { code, signal, requests: worker.pending.size });
    await Promise.all([...worker.locks.values()].flat().map((path) => rm(path, { force: true })));
    worker.locks.clear();
    for (const pending of worker.pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new GitisoError('worker-failed', 'the git worker ended while it served the request'));
    }
    worker.pending.clear();
  }

  function runIn<O extends WorkerOp>(slot: number, request: RequestOf<O>): Promise<WorkerResults[O]> {
    return new Promise<WorkerResults[O]>((resolve, reject) => {
      const worker = workerOf(slot);
      if (worker.idleTimer) clearTimeout(worker.idleTimer);
      worker.idleTimer = null;
      lastId += 1;
      const id = lastId;
      const timer = setTimeout(() => {
        options.log.error('git worker does not answer, killing it', { op: request.op });
        worker.child.kill('SIGKILL');
      }, options.deadlineMs);
      noteLocks(worker, id, request);
      worker.pending.set(id, {
        resolve: (result) => {
          keepLocks(worker, id, request, result);
          resolve(result as WorkerResults[O]);
        },
        reject: (error) => {
          worker.locks.delete(id);
          reject(error);
        },
        timer,
      });
      worker.child.send({ id, request });
    });
  }

  async function stop(): Promise<void> {
    isStopping = true;
    await Promise.all(
      slots.map(async (worker, slot) => {
        if (worker === null) return;
        const gone = new Promise((resolve) => worker.child.once('exit', resolve));
        retire(slot, worker);
        const timer = setTimeout(() => worker.child.kill('SIGKILL'), 2000);
        await gone;
        clearTimeout(timer);
      }),
    );
  }

  const killAll = (signal: NodeJS.Signals): void => {
    for (const worker of slots) worker?.child.kill(signal);
  };

  return {
    run: (repository, request) => runIn(slotOf(repository), request),
    runApart: (request) => runIn(options.count, request),
    stop,
    killAll,
    restarts: () => restarts,
    running: () => slots.filter((worker) => worker !== null).length,
  };
}

/** Locks are known by the request until it is prepared, then by the transaction (negative keys) until it is settled. */
function noteLocks(worker: Worker, id: number, request: WorkerRequest): void {
  if (request.op === 'prepareCommit')
    worker.locks.set(id, [lockPath(request.plan.gitDirectory, request.plan.ref)]);
  if (request.op === 'prepareRefs')
    worker.locks.set(
      id,
      request.updates.map((update) => lockPath(request.gitDirectory, update.ref)),
    );
}

function keepLocks(worker: Worker, id: number, request: WorkerRequest, result: unknown): void {
  const held = worker.locks.get(id);
  worker.locks.delete(id);
  if (request.op === 'settle') worker.locks.delete(-request.transaction);
  const prepared = result as { kind?: string; transaction?: number };
  if (held !== undefined && prepared.kind === 'prepared' && prepared.transaction !== undefined)
    worker.locks.set(-prepared.transaction, held);
}

function lockPath(gitDirectory: string, ref: string): string {
  return join(gitDirectory, `${ref}.lock`);
}
