/**
 * Turns for work that costs the host much: at most so many at once, at most so many of one agent, and between agents
 * in rotation, so that whoever asks a thousand times waits behind itself and not in front of the others.
 */
import { GitisoError } from '../../shared/errors';

export interface TurnLimits {
  readonly total: number;
  readonly perAgent: number;
  /** More of one agent do not wait: they are refused. */
  readonly waitingPerAgent: number;
}

export interface FairTurns {
  /** Throws 'too-many-requests' at once, or the signal's reason while it waits. */
  readonly run: <T>(agent: string, signal: AbortSignal, task: () => Promise<T>) => Promise<T>;
}

interface Waiting {
  readonly begin: () => void;
}

export function createFairTurns(limits: () => TurnLimits): FairTurns {
  /** Agents with somebody waiting, the one whose turn is next first. */
  const waiting = new Map<string, Set<Waiting>>();
  const running = new Map<string, number>();
  let total = 0;

  function next(): void {
    for (const [agent, queue] of [...waiting]) {
      if (total >= limits().total) return;
      if ((running.get(agent) ?? 0) >= limits().perAgent) continue;
      const [first] = queue;
      if (first === undefined) continue;
      queue.delete(first);
      // To the end of the rotation.
      waiting.delete(agent);
      if (queue.size > 0) waiting.set(agent, queue);
      total += 1;
      running.set(agent, (running.get(agent) ?? 0) + 1);
      first.begin();
    }
  }

  function end(agent: string): void {
    total -= 1;
    const left = (running.get(agent) ?? 1) - 1;
    if (left === 0) running.delete(agent);
    else running.set(agent, left);
    next();
  }

  function wait(agent: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const queue = waiting.get(agent) ?? new Set<Waiting>();
    if (queue.size >= limits().waitingPerAgent)
      throw new GitisoError('too-many-requests', 'too many requests of this agent wait for their turn');
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        queue.delete(entry);
        if (queue.size === 0 && waiting.get(agent) === queue) waiting.delete(agent);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.add(entry);
      waiting.set(agent, queue);
      next();
    });
  }

  return {
    run: async (agent, signal, task) => {
      await wait(agent, signal);
      try {
        return await task();
      } finally {
        end(agent);
      }
    },
  };
}
