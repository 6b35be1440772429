/** From what the Docker Engine or the connection to it reports to an error of the catalogue. */
import { GitisoError, isGitisoError } from '../../shared/errors';

/** Codes of a connection that could not be made or broke: the engine did not answer. */
const unreachable = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EACCES',
  'EPERM',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTSOCK',
  'ABORT_ERR',
]);

/** The HTTP status the engine answered with, or null when there was no answer. */
export function statusOf(error: unknown): number | null {
  const status = property(error, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** `what` is the attempted action as in "create the container". */
export function runtimeError(error: unknown, what: string): GitisoError {
  if (isGitisoError(error)) return error;
  const status = statusOf(error);
  const reason = reasonOf(error);
  if (status !== null) {
    if (status === 404 && /no such image|not found: manifest|No such image/i.test(reason)) {
      return new GitisoError('image-not-found', reason, { cause: error });
    }
    return new GitisoError('runtime-failed', `could not ${what}: ${reason}`, {
      cause: error,
      details: { status },
    });
  }
  const code = property(error, 'code');
  if (typeof code === 'string' && unreachable.has(code)) {
    return new GitisoError('runtime-unavailable', `the container engine does not answer (${code})`, {
      cause: error,
    });
  }
  return new GitisoError('runtime-failed', `could not ${what}: ${reason}`, { cause: error });
}

/** The engine's own text, on one line, at most 500 characters. */
function reasonOf(error: unknown): string {
  const body = property(error, 'json');
  const text = property(body, 'message') ?? property(error, 'message');
  return (typeof text === 'string' ? text : 'no reason given').replace(/\s+/g, ' ').trim().slice(0, 500);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
