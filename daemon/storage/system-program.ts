/**
 * Runs the host's programs for file systems: by absolute path, with an environment made from nothing and a deadline.
 * Their arguments are paths of the daemon's own and numbers, never anything an agent said.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';

export type SystemProgram = 'mkfs.ext4' | 'e2fsck' | 'mount' | 'umount';

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const timeoutMs = 60_000;

/** null: this host has none. */
export async function findSystemProgram(name: SystemProgram): Promise<string | null> {
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}

export interface Ended {
  /** null: it could not be started, or had to be ended. */
  readonly exitCode: number | null;
  /** What it printed to standard error, on one line. */
  readonly said: string;
}

/** Never throws: a program that is missing has ended with null. */
export async function runSystemProgram(name: SystemProgram, args: readonly string[]): Promise<Ended> {
  const path = await findSystemProgram(name);
  if (path === null) return { exitCode: null, said: `${name} is not installed` };
  return new Promise((resolve) => {
    execFile(
      path,
      [...args],
      { env: { PATH: folders.join(':'), LC_ALL: 'C' }, cwd: '/', timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, _stdout, stderr) => {
        const code: unknown = error === null ? 0 : error.code;
        const said = stderr.replace(/\s+/g, ' ').trim().slice(0, 400);
        resolve({ exitCode: typeof code === 'number' ? code : null, said });
      },
    );
  });
}
