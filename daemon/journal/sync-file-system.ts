/** syncfs(2) by way of coreutils' sync: Node has no call for it. Starts no other program. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Makes everything on the file system of the directory durable; reports write-back errors (Linux 5.8 and later). */
export async function syncFileSystem(directory: string): Promise<void> {
  await promisify(execFile)('sync', ['-f', directory], { env: { PATH: '/usr/bin:/bin' } });
}
