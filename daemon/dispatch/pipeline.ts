/**
 * The way of a call from dispatcher to handler: errors(limit(validate(record(authorize(handler))))).
 *
 * 1. errors: outermost, so that nothing that is thrown anywhere leaves without a code of the catalogue.
 * 2. limit: a draining daemon starts nothing new that changes something, and knows what it has to wait for.
 * 3. validate: before anything is written down or decided about the parameters.
 * 4. record: every call that could mean something is in the log, allowed or not, with its duration.
 * 5. authorize: next to the handler, so that no layer can be put between the two.
 */
import { GitisoError, isGitisoError } from '../../shared/errors';
import type { DrainableLifecycle } from '../lifecycle';
import { asGitisoError } from './error-response';
import type { Actor } from './handler';
import type { Call, MethodEntry } from './method-entry';

export interface PipelineServices {
  readonly lifecycle: DrainableLifecycle;
  /** Called once for each call with valid parameters, before the handler. Must not throw. */
  readonly noteCall: (actor: Actor, method: string) => void;
}

export function createPipeline(entry: MethodEntry, services: PipelineServices): Call {
  return errors(
    limit(entry, services, entry.validate(record(entry, services, authorize(entry, entry.handle)))),
  );
}

/** Throws only GitisoError; what was unexpected is logged in full under the request id. */
function errors(next: Call): Call {
  return async (params, context) => {
    try {
      return await next(params, context);
    } catch (error) {
      const known = asGitisoError(error, context.signal);
      if (known.code === 'internal-error') context.log.error('a request failed unexpectedly', { error });
      throw known;
    }
  };
}

function limit(entry: MethodEntry, { lifecycle }: PipelineServices, next: Call): Call {
  if (entry.definition.access === 'read') return next;
  return async (params, context) => {
    if (lifecycle.state() === 'draining') throw new GitisoError('shutting-down', 'the daemon is stopping');
    const end = lifecycle.beginWrite();
    try {
      return await next(params, context);
    } finally {
      end();
    }
  };
}

function record(entry: MethodEntry, { noteCall }: PipelineServices, next: Call): Call {
  const { name, access } = entry.definition;
  const level = access === 'write' ? 'info' : 'debug';
  return async (params, context) => {
    const begun = performance.now();
    noteCall(context.actor, name);
    try {
      const result = await next(params, context);
      const ms = elapsed(begun);
      // After the answer: writing a line can take as long as everything else of a short call.
      setImmediate(() => context.log[level](`${name} done`, { ms }));
      return result;
    } catch (error) {
      const reason = isGitisoError(error) ? { reason: error.code, error: error.message } : { error };
      context.log[level](`${name} refused`, { ms: elapsed(begun), ...reason });
      throw error;
    }
  };
}

/** Milliseconds since `begun`, two decimals. */
function elapsed(begun: number): number {
  return Math.round((performance.now() - begun) * 100) / 100;
}

/** The dispatcher of a socket knows only the methods of its callers; this holds even if that list were wrong. */
function authorize({ definition }: MethodEntry, next: Call): Call {
  return (params, context) => {
    if (definition.caller !== 'both' && definition.caller !== context.actor.kind) {
      throw new GitisoError('method-not-found', 'there is no such method on this socket');
    }
    return next(params, context);
  };
}
