/**
 * What agents call the remote of a repository: a URL without credentials, or a name for a place on this machine. Pure.
 * A path of the host is never shown.
 */
import type { RepoRecord } from '../repos/repo-registry';
import { parseRemote, type RemoteUrl } from './remote-url';

/** Whether agents' `origin` is the user's clone itself, because it has no remote of its own. */
export function isCloneOrigin(record: Pick<RepoRecord, 'remoteUrl' | 'cloneDir'>): boolean {
  return record.cloneDir !== null && record.remoteUrl === record.cloneDir;
}

/** The remote of a repository when it is one that git has to be asked for over a transport. */
export function networkRemote(record: Pick<RepoRecord, 'remoteUrl' | 'cloneDir'>): RemoteUrl | null {
  return record.remoteUrl === null || isCloneOrigin(record) ? null : parseRemote(record.remoteUrl);
}

/** The URL of `origin` in a container; null: the repository has no remote. */
export function agentRemote(record: Pick<RepoRecord, 'id' | 'remoteUrl' | 'cloneDir'>): string | null {
  if (record.remoteUrl === null) return null;
  const remote = networkRemote(record);
  return remote === null || remote.protocol === 'file' ? `gitiso::${record.id}` : remote.display;
}
