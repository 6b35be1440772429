/** What a method handler gets and gives. Handlers hold no state; everything they use is handed to them. */
import type { Duplex } from 'node:stream';
import type { ParamsOf, ResultOf } from '../../shared/contract';
import type { AgentId } from '../../shared/ids';
import type { MethodName, Methods } from '../../shared/methods';
import type { Logger } from '../log';

/** Who is calling: decided by the socket a connection arrived on, never by anything in a message. */
export type Actor = { readonly kind: 'admin' } | { readonly kind: 'agent'; readonly id: AgentId };

export interface PeerAnswer {
  readonly result: unknown;
  readonly attachments: readonly Buffer[];
}

/** The other end of a connection, which can be asked back. */
export interface Peer {
  /** Rejects with GitisoError 'timed-out', 'request-cancelled' (connection closed) or what the peer answered. */
  readonly request: (
    method: string,
    params: unknown,
    options: { readonly timeoutMs: number; readonly attachments?: readonly Buffer[] },
  ) => Promise<PeerAnswer>;
  /** Fire and forget; resolves when the bytes were handed to the kernel or the connection is gone (back-pressure). */
  readonly notify: (method: string, params: unknown) => Promise<void>;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
  /** Keeps the connection open although nothing is asked on it (subscriptions), until the result is called. */
  readonly hold: () => () => void;
}

export interface CallContext {
  readonly actor: Actor;
  /** Unique per request and daemon run; on every log line of the request. */
  readonly requestId: string;
  /** The id the caller gave its request, for `$/progress` and `$/output`. */
  readonly rpcId: string | number | null;
  /** Aborted when the caller cancels (`$/cancelRequest` with params { id }) or disconnects. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly peer: Peer;
  /** Binary frames that came ahead of the request. */
  readonly attachments: readonly Buffer[];
  /**
   * Answers the request with this result now and gives the connection's bytes to the handler, which goes on to serve
   * them; what it returns in the end is dropped. The stream is paused, and gone when the handler has ended. Throws
   * 'invalid-request' unless this is an agent's only request on a connection with headers.
   */
  readonly startStream: (result: unknown) => Duplex;
}

export type Handler<M extends MethodName> = (
  params: ParamsOf<Methods[M]>,
  context: CallContext,
) => Promise<ResultOf<Methods[M]>>;

export type Handlers = { readonly [M in MethodName]: Handler<M> };
