/** JSON from an untrusted peer: strict UTF-8, bounded nesting, no `__proto__`. Pure; checks before it parses. */
import { isUtf8 } from 'node:buffer';
import { GitisoError } from './errors';

/** Throws GitisoError 'parse-error' or 'limit-exceeded'; the text itself is never repeated in the message. */
export function parseJsonText(bytes: Buffer, maxNesting: number): unknown {
  if (!isUtf8(bytes)) throw new GitisoError('parse-error', 'the message is not valid UTF-8');
  if (isNestedDeeper(bytes, maxNesting)) {
    throw new GitisoError(
      'limit-exceeded',
      `the message is nested deeper than ${String(maxNesting)} levels`,
      {
        details: { limit: maxNesting },
      },
    );
  }
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GitisoError('parse-error', 'the message is not valid JSON', { cause });
  }
  const mayHide = text.includes('__proto__') || text.includes('\\u00');
  if (mayHide && hasPrototypeKey(value))
    throw new GitisoError('parse-error', 'the key "__proto__" is not allowed');
  return value;
}

/** Counts brackets outside strings: JSON.parse of a million levels would block for seconds. */
function isNestedDeeper(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (isInString) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) isInString = false;
    } else if (byte === 0x22) isInString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey);
}
