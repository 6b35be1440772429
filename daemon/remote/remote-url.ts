/**
 * What a repository's location means: a path of this machine or a URL that git may use. Pure. A password never
 * stays in the URL that git is called with, so that it shows in no process list, message or log.
 */
import { posix } from 'node:path';
import { GitisoError } from '../../shared/errors';
import type { GitConfigEntry } from '../git/host-git-environment';

export interface RemoteUrl {
  readonly kind: 'url';
  readonly protocol: 'file' | 'ssh' | 'http' | 'https';
  /** For git's command line or configuration: without a password. */
  readonly url: string;
  /** For people: without a password, and without a user name where that can be a token. */
  readonly display: string;
  /** Configuration that carries the credentials of the URL. Secret. */
  readonly config: readonly GitConfigEntry[];
  /** The last component without `.git`, for a default id. */
  readonly name: string;
}

export interface LocalPath {
  readonly kind: 'path';
  /** Absolute, normalised, links not resolved. */
  readonly path: string;
}

const schemePattern = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;
/** `[user@]host:path` without a slash before the colon, as `git help fetch` defines it. */
const scpPattern = /^(?:([A-Za-z0-9_][\w.-]*)@)?([A-Za-z0-9_][\w.-]*|\[[0-9A-Fa-f:.]+\]):(?!\/\/)(.+)$/;

/** Throws 'repo-unusable' with the reason. */
export function parseLocation(text: string): LocalPath | RemoteUrl {
  if (text.trim() === '') throw unusable('the location is empty');
  if (/[\x00-\x1f\x7f]/.test(text)) throw unusable('the location has control characters');
  if (text.startsWith('/')) return { kind: 'path', path: posix.normalize(text) };
  if (/^[A-Za-z0-9+.-]+::/.test(text)) throw unusable('remote helpers (`<name>::…`) are not allowed');
  const scheme = schemePattern.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return parseScpLike(text);
    case 'file':
      return parseFileUrl(text);
    case 'http':
    case 'https':
      return parseHttpUrl(text, scheme);
    case 'ssh':
    case 'git+ssh':
    case 'ssh+git':
      return parseSshUrl(text);
    default:
      throw unusable(`the protocol ${scheme} is not allowed`);
  }
}

/** The same as `parseLocation` for what is stored as a remote: a path counts as a file URL. */
export function parseRemote(text: string): RemoteUrl {
  const location = parseLocation(text);
  if (location.kind === 'url') return location;
  return {
    kind: 'url',
    protocol: 'file',
    url: location.path,
    display: location.path,
    config: [],
    name: lastComponent(location.path),
  };
}

function parseFileUrl(text: string): RemoteUrl {
  const path = text.slice('file://'.length);
  if (!path.startsWith('/')) throw unusable('a file URL must be file:///<absolute path>');
  return { kind: 'url', protocol: 'file', url: text, display: text, config: [], name: lastComponent(path) };
}

function parseHttpUrl(text: string, protocol: 'http' | 'https'): RemoteUrl {
  const parsed = parseUrl(text);
  if (parsed.search !== '' || parsed.hash !== '') throw unusable('the URL has a query or a fragment');
  const [user, password] = [safeDecode(parsed.username), safeDecode(parsed.password)];
  const bare = `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  const hasPassword = parsed.password !== '';
  const authorization = `Authorization: Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return {
    kind: 'url',
    protocol,
    url:
      user !== '' && !hasPassword
        ? `${parsed.protocol}//${parsed.username}@${parsed.host}${parsed.pathname}`
        : bare,
    display: bare,
    // Scoped to this host: with redirects off it goes nowhere else.
    config: hasPassword ? [[`http.${parsed.protocol}//${parsed.host}/.extraHeader`, authorization]] : [],
    name: lastComponent(parsed.pathname),
  };
}

function parseSshUrl(text: string): RemoteUrl {
  const parsed = parseUrl(text.replace(schemePattern, 'ssh://'));
  const user = safeDecode(parsed.username);
  if (parsed.hostname.startsWith('-') || user.startsWith('-'))
    throw unusable('the host or user starts with a dash');
  if (parsed.hostname === '') throw unusable('the URL names no host');
  if (parsed.pathname.length < 2) throw unusable('the URL names no repository');
  const url = `ssh://${parsed.username === '' ? '' : `${parsed.username}@`}${parsed.host}${parsed.pathname}`;
  return {
    kind: 'url',
    protocol: 'ssh',
    url,
    display: url,
    config: [],
    name: lastComponent(parsed.pathname),
  };
}

function parseScpLike(text: string): RemoteUrl {
  const [, , , path] = scpPattern.exec(text) ?? [];
  if (path === undefined) throw unusable('the location is neither an absolute path nor a URL');
  if (path.startsWith('-')) throw unusable('the path of the repository starts with a dash');
  return { kind: 'url', protocol: 'ssh', url: text, display: text, config: [], name: lastComponent(path) };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new GitisoError('repo-unusable', 'the location is not a valid URL', { cause });
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function lastComponent(path: string): string {
  return posix.basename(path.replace(/\/+$/, '').replace(/\/?\.git$/, ''));
}

function unusable(reason: string): GitisoError {
  return new GitisoError('repo-unusable', reason, {
    hint: 'give an absolute path, or a URL of one of the kinds file, ssh, http, https or user@host:path',
  });
}
