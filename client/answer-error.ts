/** Turns the error of an answer back into the GitisoError the daemon raised. Pure. */
import { errorCatalogue, GitisoError, type ErrorCode } from '../shared/errors';

/** A reason that this version does not know becomes 'internal-error' with the daemon's own message and hint. */
export function errorFromAnswer(error: unknown): GitisoError {
  const { message, data } = asRecord(error);
  const { reason, hint, details, requestId } = asRecord(data);
  return new GitisoError(isErrorCode(reason) ? reason : 'internal-error', String(message), {
    ...(typeof hint === 'string' ? { hint } : {}),
    details: { ...asRecord(details), ...(typeof requestId === 'string' ? { requestId } : {}) },
  });
}

function isErrorCode(reason: unknown): reason is ErrorCode {
  return typeof reason === 'string' && Object.hasOwn(errorCatalogue, reason);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
