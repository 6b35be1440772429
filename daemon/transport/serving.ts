/** What the admin socket and the agents' sockets have in common: from an accepted socket to a conversation. */
import type { Socket } from 'node:net';
import type { ConfigSource } from '../config/config-source';
import type { Dispatcher } from '../dispatch/dispatcher';
import type { ErrorResponses } from '../dispatch/error-response';
import type { Actor } from '../dispatch/handler';
import type { Logger } from '../log';
import { openConnection, type Connection } from './connection';
import type { InputBudget, RateLimit } from './input-limits';
import { createSession } from './session';

export interface Serving {
  readonly config: ConfigSource;
  readonly errorResponses: ErrorResponses;
  readonly nextRequestId: () => string;
  readonly log: Logger;
}

export interface Conversation {
  readonly actor: Actor;
  readonly dispatcher: Dispatcher;
  readonly budget: InputBudget;
  readonly rate: RateLimit;
}

export function startConversation(socket: Socket, serving: Serving, conversation: Conversation): Connection {
  const limits = () => serving.config.current().limits;
  const { actor, dispatcher, budget, rate } = conversation;
  const log = serving.log.child(actor.kind === 'agent' ? { agent: actor.id } : { caller: 'admin' });
  const { errorResponses, nextRequestId } = serving;
  return openConnection(socket, { limits, budget, rate }, (connection) =>
    createSession(connection, {
      actor,
      dispatcher,
      errorResponses,
      limits,
      budget,
      rate,
      log,
      nextRequestId,
    }),
  );
}

/** Ids that no other run of the daemon on this machine used: start time in base 36, then a number. */
export function createRequestIds(startedAt: Date): () => string {
  const run = startedAt.getTime().toString(36);
  let last = 0;
  return () => {
    last += 1;
    return `${run}-${String(last)}`;
  };
}
