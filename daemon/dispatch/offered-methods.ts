/** Which methods of the contract exist on which kind of socket. Pure. */
import type { MethodDefinition } from '../../shared/contract';
import { methods } from '../../shared/methods';
import type { Actor } from './handler';

export function offeredMethods(kind: Actor['kind']): readonly MethodDefinition[] {
  return Object.values<MethodDefinition>(methods).filter(
    ({ caller }) => caller === 'both' || caller === kind,
  );
}
