/**
 * The content of `/gitiso/etc/remotes`, by which the shim knows what git's helper must serve (client/shim/route-remote.c):
 * one URL per line, and `<beginning>*` for all URLs that begin so. Pure. It decides nothing: the daemon asks its
 * policy again for every connection.
 */

/** `globs`: of `policy.remotes`. */
export function remotesFile(remoteUrls: readonly string[], globs: readonly string[] = []): string {
  const lines = [...remoteUrls, ...globs.map((glob) => (glob.includes('*') ? beginning(glob) : glob))];
  return [...new Set(lines)].map((line) => `${line}\n`).join('');
}

function beginning(glob: string): string {
  return `${glob.slice(0, glob.indexOf('*'))}*`;
}
