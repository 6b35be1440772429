/** Tells URLs from paths the way git does, so that relative paths become absolute before the daemon sees them. */
import { resolve } from 'node:path';
import { UsageError } from './usage-error';

/**
 * A URL (`scheme://…`) or scp-like address (`host:path`, the colon before any slash, see git-clone(1), "GIT
 * URLS") stays as it is; anything else is a path and becomes absolute. Write `./a:b` for a file named `a:b`.
 */
export function resolveLocation(text: string, cwd: string): string {
  if (text === '') throw new UsageError('the location of a repository is empty');
  return isUrl(text) ? text : resolve(cwd, text);
}

export function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) || /^[^/:]+:/.test(text);
}
