/** The daemon's own requests to the other end of a connection (the shim). Answers are an agent's and not to be trusted. */
import {
  createJSONRPCNotification,
  JSONRPCClient,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0';
import { GitisoError } from '../../shared/errors';
import type { PeerAnswer } from '../dispatch/handler';
import type { Connection } from './connection';

export interface OutgoingRequests {
  readonly request: (
    method: string,
    params: unknown,
    options: { readonly timeoutMs: number; readonly attachments?: readonly Buffer[] },
  ) => Promise<PeerAnswer>;
  readonly notify: (method: string, params: unknown) => Promise<void>;
  /** false: no request waits for this answer. */
  readonly onAnswer: (response: JSONRPCResponse, attachments: readonly Buffer[]) => boolean;
  readonly pending: () => number;
}

type Reason = 'timed out' | 'closed';

export function createOutgoingRequests(connection: Connection): OutgoingRequests {
  // Not awaited: a peer that does not read must not keep a request past its deadline.
  const client = new JSONRPCClient<readonly Buffer[]>((message: unknown, attachments) => {
    void connection.send(JSON.stringify(message), attachments);
  });
  const waiting = new Set<unknown>();
  const answerAttachments = new WeakMap<object, readonly Buffer[]>();
  const given = new WeakMap<object, Reason>();
  let lastId = 0;

  /** Settles a request that gets no answer any more. */
  function giveUp(id: string, reason: Reason): void {
    const response: JSONRPCResponse = { jsonrpc: '2.0', id, error: { code: 0, message: reason } };
    given.set(response, reason);
    client.receive(response);
  }

  async function request(
    method: string,
    params: unknown,
    options: { readonly timeoutMs: number; readonly attachments?: readonly Buffer[] },
  ): Promise<PeerAnswer> {
    if (connection.closed.aborted) throw connectionClosed();
    lastId += 1;
    const id = `d${String(lastId)}`;
    const message: JSONRPCRequest = { jsonrpc: '2.0', id, method, params };
    const timer = setTimeout(() => giveUp(id, 'timed out'), options.timeoutMs);
    const onClosed = () => giveUp(id, 'closed');
    connection.closed.addEventListener('abort', onClosed, { once: true });
    waiting.add(id);
    try {
      const response = await client.requestAdvanced(message, options.attachments ?? []);
      const reason = given.get(response);
      if (reason === 'closed') throw connectionClosed();
      if (reason === 'timed out')
        throw new GitisoError('timed-out', `the other end did not answer ${method} in time`);
      if (response.error !== undefined) throw peerFailed(method, response.error);
      return { result: response.result as unknown, attachments: answerAttachments.get(response) ?? [] };
    } finally {
      clearTimeout(timer);
      connection.closed.removeEventListener('abort', onClosed);
      waiting.delete(id);
    }
  }

  return {
    request,
    notify: (method, params) => connection.send(JSON.stringify(createJSONRPCNotification(method, params))),
    onAnswer: (response, attachments) => {
      if (!waiting.delete(response.id)) return false;
      answerAttachments.set(response, attachments);
      client.receive(response);
      return true;
    },
    pending: () => waiting.size,
  };
}

function connectionClosed(): GitisoError {
  return new GitisoError('request-cancelled', 'the connection was closed');
}

/** The peer's text is data: short, and never taken for one of the daemon's own errors. */
function peerFailed(method: string, error: unknown): GitisoError {
  const message: unknown =
    typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : '';
  const text = typeof message === 'string' ? message.slice(0, 200).replace(/[^\x20-\x7e]/g, '?') : '';
  return new GitisoError('peer-failed', `${method} failed at the other end: ${text}`);
}
