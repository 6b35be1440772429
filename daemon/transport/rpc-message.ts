/** Tells what a parsed JSON value is in JSON-RPC 2.0. Pure; checks the envelope only, not method or parameters. */
import type { JSONRPCRequest, JSONRPCResponse } from 'json-rpc-2.0';

export type RpcMessage =
  | { readonly kind: 'request'; readonly request: JSONRPCRequest }
  | { readonly kind: 'response'; readonly response: JSONRPCResponse }
  /** `id` is what the error answer is to carry. */
  | { readonly kind: 'invalid'; readonly id: string | number | null; readonly problem: string };

const maxIdLength = 256;
const requestKeys = new Set(['jsonrpc', 'id', 'method', 'params']);

export function classifyMessage(value: unknown): RpcMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid(null, 'a call must be an object');
  const message = value as Record<string, unknown>;
  const { id, method, params } = message;
  const knownId = isId(id) ? id : null;
  if (message['jsonrpc'] !== '2.0') return invalid(knownId, 'jsonrpc must be "2.0"');
  if (id !== undefined && !isId(id))
    return invalid(null, 'id must be a short string, a finite number or null');
  if (method === undefined) return classifyAnswer(message, knownId);
  if (typeof method !== 'string') return invalid(knownId, 'method must be a string');
  if (!Object.keys(message).every((key) => requestKeys.has(key)))
    return invalid(knownId, 'a call has an unknown member');
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return invalid(knownId, 'params must be an object');
  }
  return { kind: 'request', request: value as JSONRPCRequest };
}

function classifyAnswer(message: Record<string, unknown>, id: string | number | null): RpcMessage {
  const hasResult = message['result'] !== undefined;
  if (id === null || hasResult === (message['error'] !== undefined)) {
    return invalid(id, 'a message must be a call or an answer');
  }
  return { kind: 'response', response: message as unknown as JSONRPCResponse };
}

function isId(id: unknown): id is string | number | null {
  if (typeof id === 'string') return id.length <= maxIdLength;
  return id === null || (typeof id === 'number' && Number.isFinite(id));
}

function invalid(id: string | number | null, problem: string): RpcMessage {
  return { kind: 'invalid', id, problem };
}
