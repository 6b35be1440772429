/**
 * The git workers as the daemon sees them: started when first needed, one repository always on the same worker,
 * replaced when they die, hang or grow, ended when idle. What happens to a worker costs the request that caused it:
 * the others that it was serving are done again, one by one, by the next worker.
 */
import { rm } from 'node:fs/promises';
import { GitisoError } from '../../shared/errors';
import { createLockBook } from './lock-book';
import { asWorkerError } from './worker-error';
import { describeFailure, workerFailed, type FailureReason } from './worker-failure';
import type { RequestOf, WorkerPool, WorkerPoolOptions } from './worker-pool-options';
import { startWorkerProcess, type WorkerEnd } from './worker-process';
import { createSlots, failAll, inodeOf, type Job, type Slot, type Worker } from './worker-slots';
import type { FromWorker, WorkerOp, WorkerResults } from './worker-protocol';

export type { WorkerPool } from './worker-pool-options';

/** Requests that a worker has at a time: enough to keep its threads busy. */
const mostSent = 16;
/** How often the memory of a working worker is looked at. */
const watchMs = 50;
/** Descriptors of a worker without work that say it leaks them. */
const leakedFiles = 256;
const stopWithinMs = 2000;

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { slots, apart, slotOf, repositoriesFor } = createSlots(options.count);
  const leaving = new Set<Worker>();
  let lastId = 0;
  let restarts = 0;
  let isStopping = false;

  function runIn<O extends WorkerOp>(
    slotFor: () => Slot,
    repository: string,
    request: RequestOf<O>,
  ): Promise<WorkerResults[O]> {
    return new Promise<WorkerResults[O]>((resolve, reject) => {
      if (isStopping) throw new GitisoError('shutting-down', 'the git workers are stopping');
      const slot = slotFor();
      const job: Job = {
        repository,
        request,
        resolve: (result) => resolve(result as WorkerResults[O]),
        reject,
        isSuspect: false,
        timer: null,
        isLate: false,
      };
      if (job.request.op === 'settle') settle(slot, job, job.request.transaction);
      else slot.queue.push(job);
      pump(slot);
    });
  }

  /** Only the worker that prepared can settle, and it is not kept waiting: others may wait for the lock. */
  function settle(slot: Slot, job: Job, transaction: number): void {
    const holder = [slot.worker, ...leaving].find((worker) => worker?.locks.holds(transaction) === true);
    if (holder === null || holder === undefined)
      job.reject(workerFailed('crashed', 'the git worker that held the refs has ended'));
    else send(holder, job);
  }

  function pump(slot: Slot): void {
    for (let job = slot.queue[0]; job !== undefined; job = slot.queue[0]) {
      const worker = readyFor(slot, job);
      if (worker === null) return;
      slot.queue.shift();
      send(worker, job);
    }
  }

  /** null: the job has to wait, and `pump` will be called again. */
  function readyFor(slot: Slot, job: Job): Worker | null {
    const worker = slot.worker ?? start(slot, job.repository);
    // It is dying: what it has will be done again, what it has not can wait for the next one.
    if (worker.killedFor !== null) return null;
    const isAlone = job.isSuspect || [...worker.sent.values()].some((sent) => sent.isSuspect);
    if (worker.sent.size >= (isAlone ? 1 : mostSent)) return null;
    if (worker.process.seesAll || worker.repositories.get(job.repository) === inodeOf(job.repository))
      return worker;
    // A repository that came later, or is another one by now.
    leave(slot, worker);
    return start(slot, job.repository);
  }

  function start(slot: Slot, wanted: string): Worker {
    const repositories = repositoriesFor(slot, wanted);
    const worker: Worker = {
      process: startWorkerProcess({ ...options, repositories: [...repositories.keys()] }),
      repositories,
      sent: new Map(),
      locks: createLockBook(),
      served: 0,
      idleTimer: null,
      watch: null,
      killedFor: null,
      isLeaving: false,
      hasLeft: false,
    };
    slot.worker = worker;
    worker.process.onMessage((message) => receive(slot, worker, message));
    void worker.process.ended.then((end) => bury(slot, worker, end));
    return worker;
  }

  function send(worker: Worker, job: Job): void {
    if (worker.idleTimer) clearTimeout(worker.idleTimer);
    worker.idleTimer = null;
    lastId += 1;
    const id = lastId;
    worker.sent.set(id, job);
    worker.locks.asked(id, job.request);
    job.timer = setTimeout(() => {
      options.log.error('git worker does not answer, killing it', { op: job.request.op });
      job.isLate = true;
      kill(worker, 'hung');
    }, options.deadlineMs);
    worker.watch ??= setInterval(() => watch(worker), watchMs).unref();
    worker.process.send({ id, request: job.request });
  }

  function watch(worker: Worker): void {
    const bytes = worker.process.usage()?.memoryBytes ?? 0;
    if (bytes <= options.memoryBytes) return;
    options.log.error('git worker needs too much memory, killing it', { bytes, limit: options.memoryBytes });
    kill(worker, 'memory');
  }

  function kill(worker: Worker, reason: FailureReason): void {
    worker.killedFor ??= reason;
    worker.process.kill();
  }

  function receive(slot: Slot, worker: Worker, message: FromWorker): void {
    const job = worker.sent.get(message.id);
    if (job === undefined) return;
    worker.sent.delete(message.id);
    if (job.timer) clearTimeout(job.timer);
    worker.served += 1;
    worker.locks.answered(message.id, job.request, 'error' in message ? null : message.result);
    if ('error' in message) job.reject(asWorkerError(message.error, message.code));
    else job.resolve(message.result);
    if (worker.served >= options.recycleAfter) leave(slot, worker);
    if (worker.sent.size === 0) rest(slot, worker);
    pump(slot);
  }

  /** Nothing to do: recycle when it is time, else end after a while. */
  function rest(slot: Slot, worker: Worker): void {
    if (worker.watch) clearInterval(worker.watch);
    worker.watch = null;
    if (hasGrown(worker)) leave(slot, worker);
    if (worker.isLeaving) return endIfDone(worker);
    if (options.idleMs > 0 && worker.locks.isEmpty())
      worker.idleTimer ??= setTimeout(() => leave(slot, worker), options.idleMs).unref();
  }

  function hasGrown(worker: Worker): boolean {
    // A look costs as much as a small request.
    if (worker.served % mostSent !== 0) return false;
    const usage = worker.process.usage();
    return usage !== null && (usage.memoryBytes > options.memoryBytes / 2 || usage.openFiles > leakedFiles);
  }

  /** The next request goes to a new worker; this one ends when it has answered and settled all it has. */
  function leave(slot: Slot, worker: Worker): void {
    if (slot.worker === worker) slot.worker = null;
    worker.isLeaving = true;
    leaving.add(worker);
    endIfDone(worker);
  }

  function endIfDone(worker: Worker): void {
    if (worker.sent.size > 0 || !worker.locks.isEmpty() || worker.hasLeft) return;
    worker.hasLeft = true;
    worker.process.retire();
  }

  async function bury(slot: Slot, worker: Worker, end: WorkerEnd): Promise<void> {
    if (worker.idleTimer) clearTimeout(worker.idleTimer);
    if (worker.watch) clearInterval(worker.watch);
    if (worker.hasLeft || isStopping) {
      forget(slot, worker);
      failAll(worker, new GitisoError('shutting-down', 'the git workers are stopping'));
      return;
    }
    restarts += 1;
    const reason = worker.killedFor ?? (end.isOutOfMemory ? 'memory' : 'crashed');
    const { code, signal } = end;
    options.log.error('git worker ended unexpectedly', { reason, code, signal, requests: worker.sent.size });
    await Promise.all(worker.locks.takeAll().map((path) => rm(path, { force: true })));
    forget(slot, worker);
    slot.queue.unshift(...takeSuspects(worker, reason, end));
    pump(slot);
  }

  function forget(slot: Slot, worker: Worker): void {
    leaving.delete(worker);
    if (slot.worker === worker) slot.worker = null;
  }

  /** One request alone is the culprit. Of several any can be: those that were late come last. */
  function takeSuspects(worker: Worker, reason: FailureReason, end: WorkerEnd): readonly Job[] {
    const jobs = [...worker.sent.values()];
    worker.sent.clear();
    for (const job of jobs) if (job.timer) clearTimeout(job.timer);
    const again = jobs.length > 1 ? jobs.filter(({ request }) => request.op !== 'settle') : [];
    for (const job of jobs) {
      if (again.includes(job)) job.isSuspect = true;
      else job.reject(workerFailed(reason, describeFailure(reason, end, options)));
    }
    return [...again.filter((job) => !job.isLate), ...again.filter((job) => job.isLate)];
  }

  async function stop(): Promise<void> {
    isStopping = true;
    const all = [...slots.flatMap(({ worker }) => worker ?? []), ...leaving];
    for (const { queue } of slots)
      for (const job of queue.splice(0))
        job.reject(new GitisoError('shutting-down', 'the git workers are stopping'));
    await Promise.all(
      all.map(async (worker) => {
        worker.process.retire();
        const timer = setTimeout(() => worker.process.kill(), stopWithinMs);
        await worker.process.ended;
        clearTimeout(timer);
      }),
    );
  }

  return {
    run: (repository, request) => runIn(() => slotOf(repository), repository, request),
    runApart: (request) => runIn(() => apart, request.gitDirectory, request),
    stop,
    killAll: (signal) => {
      for (const { worker } of slots) worker?.process.signal(signal);
    },
    restarts: () => restarts,
    running: () => slots.filter(({ worker }) => worker !== null).length,
  };
}
