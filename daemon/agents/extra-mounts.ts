/**
 * Checks the host paths an administrator asks to mount into a container: what is mounted is the path without links,
 * and never anything that would hand the agent the daemon, the engine or the design's own mounts.
 */
import { realpath, stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import { GitisoError } from '../../shared/errors';

export interface ExtraMount {
  readonly source: string;
  readonly target: string;
}

export interface ExtraMountRules {
  /** Nothing at, below or above these host paths is mounted: state and run directories, the engine's socket. */
  readonly forbiddenSources: readonly string[];
}

const forbiddenTargets = ['/gitiso', '/workspace', '/etc/profile.d', '/proc', '/sys', '/dev'];

/** The mounts with their sources resolved. Throws 'invalid-params'. */
export async function checkExtraMounts(
  mounts: readonly ExtraMount[],
  rules: ExtraMountRules,
): Promise<readonly ExtraMount[]> {
  const checked: ExtraMount[] = [];
  for (const { source, target } of mounts) {
    const place = normalize(target).replace(/\/+$/, '');
    if (!place.startsWith('/') || forbiddenTargets.some((path) => isAtOrBelow(place, path))) {
      throw invalid(`nothing can be mounted at ${JSON.stringify(target)}`);
    }
    if (forbiddenTargets.some((path) => isAtOrBelow(path, place))) {
      throw invalid(`a mount at ${JSON.stringify(target)} would hide the agent's own mounts`);
    }
    if (checked.some((other) => isAtOrBelow(other.target, place) || isAtOrBelow(place, other.target))) {
      throw invalid(`two mounts overlap at ${JSON.stringify(target)}`);
    }
    checked.push({ source: await checkSource(source, rules), target: place });
  }
  return checked;
}

/** As `checkExtraMounts` for one source that must be a folder. */
export async function checkSharedDirectory(source: string, rules: ExtraMountRules): Promise<string> {
  const resolved = await checkSource(source, rules);
  if (!(await stat(resolved)).isDirectory()) throw invalid(`${JSON.stringify(source)} is not a directory`);
  return resolved;
}

async function checkSource(source: string, rules: ExtraMountRules): Promise<string> {
  let resolved: string;
  try {
    resolved = await realpath(source);
    const found = await stat(resolved);
    if (!found.isDirectory() && !found.isFile()) throw new Error('neither a file nor a directory');
  } catch (cause) {
    throw invalid(`${JSON.stringify(source)} can not be mounted: it is not a file or directory`, cause);
  }
  const forbidden = await Promise.all(
    ['/proc', '/sys', '/dev', '/run', ...rules.forbiddenSources].map((path) =>
      realpath(path).catch(() => path),
    ),
  );
  if (forbidden.some((path) => isAtOrBelow(resolved, path) || isAtOrBelow(path, resolved))) {
    throw invalid(
      `${JSON.stringify(source)} can not be mounted: it holds or belongs to the host's own controls`,
    );
  }
  return resolved;
}

/** By path components: `/a/bc` is not below `/a/b`. */
function isAtOrBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(parent === '/' ? '/' : `${parent}/`);
}

function invalid(message: string, cause?: unknown): GitisoError {
  return new GitisoError('invalid-params', message, cause === undefined ? {} : { cause });
}
