/**
 * What may be written to the log: values cut to size, secrets replaced, control and direction characters
 * escaped. Pure. When in doubt it removes too much.
 */
import { types } from 'node:util';

const secretName =
  /pass(word|wd|phrase)|token|secret|authorization|cookie|credential|(private|api|access)[-_]?key/i;
const removed = '[removed]';

const maxTextLength = 4000;
const maxItems = 100;
const maxDepth = 6;

/** Fields fit for `JSON.stringify`; errors become name, message, code, stack and cause. Undefined ones vanish. */
export function cleanFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return cleanObject(fields, 0);
}

/** Secrets that can be told by their form are replaced: user info of URLs, bearer tokens, well-known token prefixes. */
export function cleanText(text: string): string {
  const cut =
    text.length > maxTextLength
      ? `${text.slice(0, maxTextLength)}… (${String(text.length)} characters)`
      : text;
  return cut
    .replace(/:\/\/[^\s/@]*@/g, `://${removed}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${removed}`)
    .replace(/\b(?:gh[opsur]_|github_pat_|glpat-|xox[abps]-)[\w-]{8,}/g, removed)
    .replace(/([?&](?:access_token|token|password|secret|api_key)=)[^&\s]+/gi, `$1${removed}`);
}

/** C0 and C1 controls, line separators, zero-width and bidirectional characters as `\uXXXX`. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cleanObject(fields: object, depth: number): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  let count = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    count += 1;
    if (count > maxItems) break;
    cleaned[name] = secretName.test(name) ? removed : cleanValue(value, depth + 1);
  }
  return cleaned;
}

function cleanValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cleanText(value);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : cleanComposite(value, depth);
    default:
      return cleanText(String(value));
  }
}

function cleanComposite(value: object, depth: number): unknown {
  if (depth > maxDepth) return '…';
  if (types.isNativeError(value) || value instanceof Error) return cleanError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${String(value.byteLength)} bytes)`;
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => cleanValue(item, depth + 1));
  return cleanObject(value, depth);
}

function cleanError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...rest } = error as Error & Record<string, unknown>;
  return cleanObject({ name, message, ...rest, stack, cause }, depth);
}
