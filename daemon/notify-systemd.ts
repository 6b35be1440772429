/**
 * Tells systemd how far the daemon is (sd_notify). Node cannot write to a datagram Unix socket, so systemd's own
 * tool does; without systemd nothing is started. The unit needs `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const timeoutMs = 2000;

/** `notifySocket`: the value of NOTIFY_SOCKET. Never throws: a service that runs is worth more than its report. */
export async function notifySystemd(
  state: 'READY=1' | 'STOPPING=1' | 'RELOADING=1',
  { notifySocket, pid }: { readonly notifySocket: string | undefined; readonly pid: number },
): Promise<'sent' | 'not wanted' | 'failed'> {
  if (notifySocket === undefined || notifySocket === '') return 'not wanted';
  const env = { NOTIFY_SOCKET: notifySocket, PATH: '/usr/local/bin:/usr/bin:/bin' };
  try {
    await promisify(execFile)('systemd-notify', [`MAINPID=${String(pid)}`, state], {
      env,
      timeout: timeoutMs,
    });
    return 'sent';
  } catch {
    return 'failed';
  }
}
