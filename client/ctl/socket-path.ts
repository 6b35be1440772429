/** Decides where the daemon's admin socket is; it never connects. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const systemSocket = '/run/gitiso/gitisod.sock';

export interface SocketChoice {
  /** Value of `--socket`. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly exists?: (path: string) => boolean;
}

/** The flag, else GITISO_SOCKET, else the system's socket for root or where there is one, else the user's own. */
export function chooseSocketPath({ flag, env, uid, exists = existsSync }: SocketChoice): string {
  const given = flag ?? (env['GITISO_SOCKET'] === '' ? undefined : env['GITISO_SOCKET']);
  if (given !== undefined) return given;
  const runtimeDirectory = env['XDG_RUNTIME_DIR'];
  const isSystem =
    uid === 0 || runtimeDirectory === undefined || runtimeDirectory === '' || exists(systemSocket);
  return isSystem ? systemSocket : join(runtimeDirectory, 'gitiso', 'gitisod.sock');
}
