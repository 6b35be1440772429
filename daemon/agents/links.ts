/**
 * The open connection of each agent's first process (gitiso-init): how the daemon gets work done inside a container
 * without `docker exec`. What comes over a link is an agent's word: it is measured, never trusted.
 */
import { GitisoError } from '../../shared/errors';
import type { AgentId } from '../../shared/ids';
import type { ParamsOf } from '../../shared/contract';
import type { agentReady } from '../../shared/methods/agent-ready';
import type { Peer } from '../dispatch/handler';

/** What the first process reported about its surroundings. */
export type ReadyReport = ParamsOf<typeof agentReady>;

export interface AgentLink {
  readonly report: ReadyReport;
  readonly peer: Peer;
}

export interface AgentLinks {
  /** Serves `agent.ready`: resolves when the container shall end or when the connection is gone. */
  readonly accept: (agent: AgentId, report: ReadyReport, peer: Peer) => Promise<{ exitCode: number }>;
  /** The newest open link, if any. */
  readonly link: (agent: AgentId) => AgentLink | undefined;
  /** The link as soon as there is one. Throws 'timed-out', or the signal's reason. */
  readonly waitReady: (agent: AgentId, timeoutMs: number, signal?: AbortSignal) => Promise<AgentLink>;
  /** Called after the last link of an agent is gone. One listener, set while composing. */
  readonly onLost: (listener: (agent: AgentId) => void) => void;
}

export function createAgentLinks(): AgentLinks {
  /** Several while a connection that broke unnoticed is replaced; the newest counts. */
  const open = new Map<AgentId, readonly AgentLink[]>();
  const waiting = new Map<AgentId, Set<(link: AgentLink) => void>>();
  let lost: (agent: AgentId) => void = () => undefined;

  const accept = async (agent: AgentId, report: ReadyReport, peer: Peer): Promise<{ exitCode: number }> => {
    const link = { report, peer };
    if (!peer.closed.aborted) {
      open.set(agent, [...(open.get(agent) ?? []), link]);
      for (const resolve of waiting.get(agent) ?? []) resolve(link);
      await aborted(peer.closed);
      const rest = (open.get(agent) ?? []).filter((other) => other !== link);
      if (rest.length > 0) open.set(agent, rest);
      else {
        open.delete(agent);
        lost(agent);
      }
    }
    return { exitCode: 0 };
  };

  const waitReady = async (
    agent: AgentId,
    timeoutMs: number,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<AgentLink> => {
    const present = open.get(agent)?.at(-1);
    if (present !== undefined) return present;
    signal.throwIfAborted();
    return new Promise<AgentLink>((resolve, reject) => {
      const listeners = waiting.get(agent) ?? new Set();
      waiting.set(agent, listeners);
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancelled);
        listeners.delete(ready);
        if (listeners.size === 0 && waiting.get(agent) === listeners) waiting.delete(agent);
      };
      const ready = (link: AgentLink) => {
        stop();
        resolve(link);
      };
      const cancelled = () => {
        stop();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        stop();
        reject(
          new GitisoError('timed-out', `the container did not report within ${timeoutMs} ms`, {
            hint: 'gitisoctl agent logs may tell why',
          }),
        );
      }, timeoutMs);
      listeners.add(ready);
      signal.addEventListener('abort', cancelled, { once: true });
    });
  };

  return {
    accept,
    link: (agent) => open.get(agent)?.at(-1),
    waitReady,
    onLost: (listener) => {
      lost = listener;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
