/** Jest's matcher for an error of ours, typed so that `toThrow` takes it. */
import type { ErrorCode } from '../../shared/errors';

export function errorWith(code: ErrorCode, more: object = {}): Error {
  return expect.objectContaining({ code, ...more }) as Error;
}
