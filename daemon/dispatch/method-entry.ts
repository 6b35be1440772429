/** Joins a method's declaration with its handler: schemas compiled once, the handler sees only checked values. */
import type { Static, TSchema } from '@sinclair/typebox';
import type { MethodDefinition } from '../../shared/contract';
import { GitisoError } from '../../shared/errors';
import { methods, type MethodName } from '../../shared/methods';
import { compileValidator } from '../validation';
import type { CallContext, Handlers } from './handler';

/** A call whose parameters or result may be anything yet. */
export type Call = (params: unknown, context: CallContext) => Promise<unknown>;

export interface MethodEntry {
  readonly definition: MethodDefinition;
  /** Throws GitisoError 'invalid-params' unless the parameters satisfy the schema. */
  readonly validate: (next: Call) => Call;
  readonly handle: Call;
}

export interface EntryOptions {
  /** Also check what handlers return; a defect there becomes an internal error. For tests. */
  readonly checkResults: boolean;
}

export function createEntry<P extends TSchema, R extends TSchema>(
  definition: MethodDefinition<P, R>,
  handler: (params: Static<P>, context: CallContext) => Promise<Static<R>>,
  options: EntryOptions,
): MethodEntry {
  const checkParams = compileValidator(definition.params, 'params');
  const checkResult = options.checkResults ? compileValidator(definition.result, 'result') : null;
  return {
    definition,
    validate: (next) => async (params, context) => {
      const checked = checkParams(params ?? {});
      if (checked.kind === 'invalid') throw new GitisoError('invalid-params', checked.problems.join('; '));
      const result = await next(checked.value, context);
      const outcome = checkResult?.(result);
      if (outcome?.kind !== 'invalid') return result;
      throw new Error(`${definition.name} returned what its schema forbids: ${outcome.problems.join('; ')}`);
    },
    handle: (params, context) => handler(params, context),
  };
}

/** One entry for every method of the contract. */
export function createEntries(handlers: Handlers, options: EntryOptions): readonly MethodEntry[] {
  const names = Object.keys(methods) as MethodName[];
  return names.map((name) => {
    const definition: MethodDefinition = methods[name];
    const handler = handlers[name] as (params: unknown, context: CallContext) => Promise<unknown>;
    return createEntry(definition, handler, options);
  });
}
