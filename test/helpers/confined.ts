/** Git confined as far as this machine allows it, as the daemon does it: one confinement per test file. */
import { join } from 'node:path';
import { createConfinement, type Confinement } from '../../daemon/git/confinement';
import type { HostGitSettings } from '../../daemon/git/host-git';
import { workerPrograms } from '../../daemon/git/worker-process';

/** The compiled worker. */
export const workerScript = join(__dirname, '../../build/daemon/git/git-worker.js');

export const ownUid = process.getuid?.() ?? 0;

let made: Promise<Confinement> | null = null;

export function confinement(): Promise<Confinement> {
  made ??= createConfinement({
    mode: 'auto',
    uid: ownUid,
    arch: process.arch,
    programs: { git: [], worker: [process.execPath, ...workerPrograms(workerScript)] },
  });
  return made;
}

/** What `createHostGit` needs beside path, environment and log. */
export async function confinedGit(): Promise<Pick<HostGitSettings, 'confinement' | 'hidden' | 'uid'>> {
  return { confinement: await confinement(), hidden: { folders: [], files: [] }, uid: ownUid };
}

/** What `createWorkerPool` needs beside counts, times and log. */
export async function confinedWorkers() {
  return { script: workerScript, confinement: await confinement(), memoryBytes: 1024 * 1024 * 1024 };
}

// Also used by processes that a test starts, which end by themselves.
if (typeof afterAll === 'function') {
  afterAll(async () => {
    (await made)?.close();
    made = null;
  });
}
