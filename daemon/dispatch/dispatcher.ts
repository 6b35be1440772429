/** From one checked JSON-RPC request to its response: json-rpc-2.0 dispatches, the pipeline guards the handlers. */
import {
  createJSONRPCSuccessResponse,
  JSONRPCServer,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from 'json-rpc-2.0';
import { GitisoError } from '../../shared/errors';
import type { ErrorResponses } from './error-response';
import type { Actor, CallContext } from './handler';
import type { MethodEntry } from './method-entry';
import { createPipeline, type PipelineServices } from './pipeline';

export interface Dispatcher {
  /** Always resolves; null: the request was a notification, which has no answer. */
  readonly dispatch: (request: JSONRPCRequest, context: CallContext) => Promise<JSONRPCResponse | null>;
  /** The methods of this kind of socket. */
  readonly methods: readonly string[];
}

export interface DispatcherOptions extends PipelineServices {
  readonly kind: Actor['kind'];
  readonly entries: readonly MethodEntry[];
  readonly errorResponses: ErrorResponses;
  /** A method that exists on the other kind of socket only was called: the caller probes. Must not throw. */
  readonly noteForeignCall: (actor: Actor, method: string) => void;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { kind, entries, errorResponses } = options;
  const server = new JSONRPCServer<CallContext>({ errorListener: () => undefined });
  const offered = entries.filter(
    ({ definition }) => definition.caller === 'both' || definition.caller === kind,
  );
  const foreign = new Set(
    entries.filter((entry) => !offered.includes(entry)).map((entry) => entry.definition.name),
  );

  for (const entry of offered) {
    const call = createPipeline(entry, options);
    server.addMethodAdvanced(entry.definition.name, (request, context) =>
      answer(request, context, () => call(request.params, context)),
    );
  }

  async function answer(
    request: JSONRPCRequest,
    context: CallContext,
    call: () => Promise<unknown>,
  ): Promise<JSONRPCResponse | null> {
    try {
      const result = await call();
      return request.id === undefined ? null : createJSONRPCSuccessResponse(request.id, result);
    } catch (error) {
      if (request.id === undefined) return null;
      return errorResponses.create(request.id, error, context.actor, context.requestId);
    }
  }

  function refuseUnknown(request: JSONRPCRequest, context: CallContext): Promise<JSONRPCResponse | null> {
    if (foreign.has(request.method)) options.noteForeignCall(context.actor, request.method);
    const error = new GitisoError('method-not-found', 'there is no such method on this socket');
    return answer(request, context, () => Promise.reject(error));
  }

  return {
    dispatch: async (request, context) =>
      server.hasMethod(request.method)
        ? await server.receive(request, context)
        : await refuseUnknown(request, context),
    methods: offered.map((entry) => entry.definition.name),
  };
}
