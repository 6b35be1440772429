/**
 * Turns whatever was thrown into the JSON-RPC error of the catalogue. Text of unknown exceptions goes to the log
 * alone, and an agent never sees a host path or details.
 */
import { createJSONRPCErrorResponse, type JSONRPCErrorResponse, type JSONRPCID } from 'json-rpc-2.0';
import { errorCatalogue, GitisoError, isGitisoError } from '../../shared/errors';
import { machineErrorCode } from '../machine-error';
import type { Actor } from './handler';

export interface ErrorResponses {
  /** `requestId` is null for what could not become a request. */
  readonly create: (
    id: JSONRPCID,
    error: unknown,
    actor: Actor,
    requestId: string | null,
  ) => JSONRPCErrorResponse;
}

/** `hostDirectories`: what must not be seen by agents, longest first when one contains another. */
export function createErrorResponses(hostDirectories: readonly string[]): ErrorResponses {
  const hide = (text: string) =>
    hostDirectories.reduce((rest, path) => rest.replaceAll(path, '(host)'), text);
  return {
    create: (id, error, actor, requestId) => {
      const known = isGitisoError(error) ? error : internalError(error);
      const { rpc, retry } = errorCatalogue[known.code];
      const isAgent = actor.kind === 'agent';
      const text = isAgent ? hide : (message: string) => message;
      const details = !isAgent && Object.keys(known.details).length > 0 ? { details: known.details } : {};
      return createJSONRPCErrorResponse(id, rpc, text(known.message), {
        reason: known.code,
        hint: text(known.hint),
        retry,
        requestId,
        ...details,
      });
    },
  };
}

/** An exception nobody expected, or a cancellation: code that stops at an aborted signal throws AbortError. */
export function asGitisoError(error: unknown, signal: AbortSignal): GitisoError {
  if (isGitisoError(error)) return error;
  if (signal.aborted && (error === signal.reason || nameOf(error) === 'AbortError')) {
    return new GitisoError('request-cancelled', 'the request was cancelled', { cause: error });
  }
  const code = machineErrorCode(error);
  if (code !== null) {
    return new GitisoError('storage-failed', `the host's system refused it: ${code}`, { cause: error });
  }
  return internalError(error);
}

function internalError(cause: unknown): GitisoError {
  return new GitisoError('internal-error', 'the daemon failed to serve this request', { cause });
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { name?: unknown }).name : undefined;
}
