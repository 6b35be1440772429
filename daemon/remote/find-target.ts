/**
 * Which remote an agent's git means by a URL, and whether it may go there: the registered remote, or one that
 * `policy.remotes` allows. Pure; everything else is refused by saying null.
 */
import { matchesGlob } from '../policy/match-glob';
import type { RepoRecord } from '../repos/repo-registry';
import { agentRemote, isCloneOrigin, networkRemote } from './agent-remote';
import { parseLocation, type RemoteUrl } from './remote-url';

export type RemoteTarget =
  /** `isOrigin`: the registered remote, whose objects the repository shares. */
  | {
      readonly kind: 'network';
      readonly url: RemoteUrl;
      readonly display: string;
      readonly isOrigin: boolean;
    }
  /** The user's clone, which has no remote of its own. */
  | { readonly kind: 'clone'; readonly display: string };

export interface RemoteRules {
  /** Globs of URLs. */
  readonly remotes: readonly string[];
  readonly allowedProtocols: readonly string[];
}

/** `url`: as the agent's git has it, without a leading `gitiso::`. */
export function findTarget(record: RepoRecord, url: string, rules: RemoteRules): RemoteTarget | null {
  const display = agentRemote(record);
  if (display !== null && urlKey(url) === urlKey(display)) {
    if (isCloneOrigin(record)) return { kind: 'clone', display };
    const remote = networkRemote(record);
    return remote === null ? null : { kind: 'network', url: remote, display, isOrigin: true };
  }
  const other = parseOther(url);
  if (other === null || !rules.allowedProtocols.includes(other.protocol)) return null;
  const isAllowed = rules.remotes.some((glob) => matchesGlob(urlKey(glob), urlKey(other.display)));
  return isAllowed ? { kind: 'network', url: other, display: other.display, isOrigin: false } : null;
}

/** Two spellings that git servers take for one repository have one key. */
export function urlKey(url: string): string {
  return url
    .replace(/^gitiso::/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

/** Nothing that could be read in two ways: no credentials, no steps upwards, no escapes. */
function parseOther(url: string): RemoteUrl | null {
  if (!/^[\x21-\x7e]+$/.test(url) || /%|\\|(^|[/:])\.\.?(\/|$)/.test(url)) return null;
  try {
    const remote = parseLocation(url);
    return remote.kind === 'url' && remote.url === remote.display && remote.config.length === 0
      ? remote
      : null;
  } catch {
    return null;
  }
}
