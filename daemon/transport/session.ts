/**
 * The JSON-RPC conversation on one connection: requests in, answers out, batches, cancellation, and the `Peer`
 * through which handlers ask back. Every request gets exactly one answer, in any order.
 */
import type { Duplex } from 'node:stream';
import { createJSONRPCSuccessResponse, type JSONRPCRequest, type JSONRPCResponse } from 'json-rpc-2.0';
import { GitisoError } from '../../shared/errors';
import type { Frame } from '../../shared/framing';
import { parseJsonText } from '../../shared/json-text';
import type { Config } from '../config/schema';
import type { Dispatcher } from '../dispatch/dispatcher';
import type { ErrorResponses } from '../dispatch/error-response';
import type { Actor, CallContext, Peer } from '../dispatch/handler';
import type { Logger } from '../log';
import type { Connection, Receiver } from './connection';
import type { InputBudget, RateLimit } from './input-limits';
import { createOutgoingRequests } from './outgoing-requests';
import { classifyMessage } from './rpc-message';

export interface SessionOptions {
  readonly actor: Actor;
  readonly dispatcher: Dispatcher;
  readonly errorResponses: ErrorResponses;
  readonly limits: () => Config['limits'];
  readonly budget: InputBudget;
  readonly rate: Pick<RateLimit, 'take'>;
  readonly log: Logger;
  readonly nextRequestId: () => string;
}

/** Where in its frame a call was. */
type Place = 'alone' | 'in a batch';

type Answers = JSONRPCResponse | readonly JSONRPCResponse[];

export function createSession(connection: Connection, options: SessionOptions): Receiver {
  const { actor, dispatcher, errorResponses, limits, budget } = options;
  const outgoing = createOutgoingRequests(connection);
  const cancellable = new Map<string | number, AbortController>();
  const running = new Set<AbortController>();
  let holds = 0;
  let hasEnded = false;
  let isStream = false;

  const peer: Peer = {
    request: outgoing.request,
    notify: outgoing.notify,
    closed: connection.closed,
    hold: () => {
      holds += 1;
      let isOver = false;
      return () => {
        if (!isOver) holds -= 1;
        isOver = true;
        endWhenDone();
      };
    },
  };

  /** null: there is nothing to answer. */
  async function serve({ body, attachments }: Frame): Promise<Answers | null> {
    const parsed = parse(body);
    if (parsed.kind === 'refused') return refusal(null, parsed.error);
    const { value } = parsed;
    if (!Array.isArray(value)) return answer(value, attachments, 'alone');
    const { batchLength } = limits();
    if (value.length === 0 || value.length > batchLength || attachments.length > 0) {
      return refusal(null, badBatch(value.length, batchLength));
    }
    // The frame itself has counted as one call.
    value.slice(1).forEach(() => options.rate.take(0));
    const answers = await Promise.all(value.map((item: unknown) => answer(item, [], 'in a batch')));
    const wanted = answers.filter((item) => item !== null);
    return wanted.length > 0 ? wanted : null;
  }

  function parse(body: Buffer): { kind: 'parsed'; value: unknown } | { kind: 'refused'; error: unknown } {
    try {
      return { kind: 'parsed', value: parseJsonText(body, limits().nesting) };
    } catch (error) {
      return { kind: 'refused', error };
    }
  }

  function answer(
    value: unknown,
    attachments: readonly Buffer[],
    place: Place,
  ): Promise<JSONRPCResponse | null> {
    const message = classifyMessage(value);
    switch (message.kind) {
      case 'invalid':
        return Promise.resolve(refusal(message.id, new GitisoError('invalid-request', message.problem)));
      case 'response':
        outgoing.onAnswer(message.response, attachments);
        return Promise.resolve(null);
      case 'request':
        return call(message.request, attachments, place);
    }
  }

  async function call(
    request: JSONRPCRequest,
    attachments: readonly Buffer[],
    place: Place,
  ): Promise<JSONRPCResponse | null> {
    const { id = null, method } = request;
    if (method === '$/cancelRequest') return cancel(request);
    if (running.size >= limits().pendingRequests) {
      const error = new GitisoError('too-many-requests', 'too many requests of this connection are pending');
      return request.id === undefined ? null : refusal(id, error);
    }
    if (id !== null && cancellable.has(id)) {
      return refusal(id, new GitisoError('invalid-request', 'a pending request has the same id'));
    }
    const control = new AbortController();
    running.add(control);
    if (id !== null) cancellable.set(id, control);
    try {
      const context = createContext(id, control.signal, attachments, place);
      const response = await dispatcher.dispatch(request, context);
      return isStream ? null : response;
    } finally {
      running.delete(control);
      if (id !== null) cancellable.delete(id);
    }
  }

  function createContext(
    rpcId: string | number | null,
    signal: AbortSignal,
    attachments: readonly Buffer[],
    place: Place,
  ): CallContext {
    const requestId = options.nextRequestId();
    const log = options.log.child({ requestId });
    const startStream = (result: unknown) => becomeStream(rpcId, place, result);
    return { actor, requestId, rpcId, signal, log, peer, attachments, startStream };
  }

  function becomeStream(id: string | number | null, place: Place, result: unknown): Duplex {
    const isAlone = place === 'alone' && running.size === 1 && holds === 0 && outgoing.pending() === 0;
    if (actor.kind !== 'agent' || id === null || !isAlone) throw noStream();
    const stream = connection.becomeStream();
    if (stream === null) throw noStream();
    // Queued before the stream is the handler's, so that it goes ahead of every byte of it.
    send(createJSONRPCSuccessResponse(id, result));
    isStream = true;
    return stream;
  }

  function cancel(request: JSONRPCRequest): JSONRPCResponse | null {
    const params: unknown = request.params;
    const id: unknown =
      typeof params === 'object' && params !== null ? (params as { id?: unknown }).id : undefined;
    if (typeof id === 'string' || typeof id === 'number') cancellable.get(id)?.abort(cancelled());
    if (request.id === undefined) return null;
    return refusal(request.id, new GitisoError('invalid-request', '$/cancelRequest is a notification'));
  }

  function refusal(id: string | number | null, error: unknown): JSONRPCResponse {
    return errorResponses.create(id, error, actor, null);
  }

  function send(answers: Answers): void {
    void connection.send(JSON.stringify(answers));
  }

  function endWhenDone(): void {
    if (hasEnded && running.size === 0 && holds === 0) connection.end();
  }

  connection.closed.addEventListener('abort', () => {
    for (const control of running) control.abort(cancelled());
  });

  return {
    onFrame: (frame, bytes) => {
      serve(frame)
        .finally(() => budget.give(bytes))
        .then((answers) => {
          if (isStream) return connection.destroy();
          if (answers !== null) send(answers);
          endWhenDone();
        })
        .catch((error: unknown) => {
          options.log.error('an answer could not be sent', { error });
          connection.destroy();
        });
    },
    onBroken: (error) => {
      options.log.debug('closing a connection', { reason: error.code, error: error.message });
      send(refusal(null, error));
      connection.end();
    },
    onEnd: () => {
      hasEnded = true;
      endWhenDone();
    },
    isBusy: () => running.size > 0 || holds > 0 || outgoing.pending() > 0,
  };
}

function noStream(): GitisoError {
  return new GitisoError('invalid-request', 'this connection cannot become a stream');
}

function cancelled(): GitisoError {
  return new GitisoError('request-cancelled', 'the caller cancelled the request or went away');
}

function badBatch(length: number, limit: number): GitisoError {
  if (length > limit)
    return new GitisoError('limit-exceeded', `a batch has more than ${String(limit)} calls`);
  return new GitisoError('invalid-request', length === 0 ? 'a batch is empty' : 'a batch has attachments');
}
