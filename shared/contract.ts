/** How one RPC method is declared: both ends and the documentation are derived from this one object. */
import type { Static, TSchema } from '@sinclair/typebox';
import type { ErrorCode } from './errors';

/** On whose socket the method exists. An agent socket does not even know the names of admin methods. */
export type Caller = 'agent' | 'admin' | 'both';

export interface MethodDefinition<P extends TSchema = TSchema, R extends TSchema = TSchema> {
  readonly name: string;
  readonly summary: string;
  readonly caller: Caller;
  /** write: changes repositories, agents or the daemon; it is refused while the daemon drains. */
  readonly access: 'read' | 'write';
  readonly params: P;
  readonly result: R;
  /** Besides the errors every method can answer with (`commonErrors`). */
  readonly errors: readonly ErrorCode[];
}

export type ParamsOf<M> = M extends MethodDefinition<infer P> ? Static<P> : never;
export type ResultOf<M> = M extends MethodDefinition<TSchema, infer R> ? Static<R> : never;

/** Errors any method may answer with. */
export const commonErrors = [
  'parse-error',
  'invalid-request',
  'method-not-found',
  'invalid-params',
  'internal-error',
  'request-cancelled',
  'too-many-requests',
  'limit-exceeded',
  'shutting-down',
] as const satisfies readonly ErrorCode[];

export function defineMethod<P extends TSchema, R extends TSchema>(
  definition: MethodDefinition<P, R>,
): MethodDefinition<P, R> {
  return definition;
}
