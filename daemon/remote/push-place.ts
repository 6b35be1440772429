/** Under which name the daemon remembers what was pushed to a remote. Pure. */
import { urlKey, type RemoteTarget } from './find-target';

/** '': the registered remote; else the URL of another one. */
export function placeUrl(target: RemoteTarget): string {
  const isRegistered = target.kind === 'clone' || target.isOrigin;
  return isRegistered ? '' : urlKey(target.display);
}
