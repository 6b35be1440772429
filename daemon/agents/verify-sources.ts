/**
 * Looks again at what a container that ran before will be mounted from, before it starts again: everything must
 * still be what *provision* made. It reads nothing but names, types and one generated file, by descriptors.
 */
import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { generatedFiles, profileScript } from '../runtime/mounts';
import { entryPath, makeDirectory, withDirectory } from './directory-handle';
import { refillHostDotGit, type HostDotGit } from './provision';

/**
 * Throws 'runtime-failed' naming what is wrong. A `.git` of the workspace that was removed on the host is made again: host
 * git needs it, and the container's own `.git` is mounted over it. While the container runs nothing is written.
 */
export async function verifySources(
  plan: HostDotGit,
  container: { readonly isRunning: boolean },
): Promise<void> {
  const { agent, owner } = plan;
  const files = generatedFiles(agent);
  const folders = [agent.workspace, agent.gitdir, agent.home, agent.mounts, agent.run, files.etc];
  for (const folder of folders) await requireFolder(folder);
  await withDirectory(agent.mounts, (mounts) => requireFile(mounts, basename(files.profile), profileScript));
  await withDirectory(agent.workspace, async (workspace) => {
    const path = entryPath(workspace, basename(agent.hostDotGit));
    if (!container.isRunning && (await isMissing(path))) {
      await makeDirectory(workspace, basename(agent.hostDotGit), 0o755, owner);
      await refillHostDotGit(plan);
    }
    await requireFolder(path);
  });
}

async function requireFolder(path: string): Promise<void> {
  const found = await lstat(path).catch((cause: unknown) => {
    throw changed(basename(path), cause);
  });
  if (!found.isDirectory()) throw changed(basename(path));
}

async function requireFile(directory: FileHandle, name: string, content: string): Promise<void> {
  // Not blocking, so that a pipe put in the file's place ends in an error too.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(entryPath(directory, name), flags).catch((cause: unknown) => {
    throw changed(name, cause);
  });
  try {
    const found = await file.stat();
    const expected = Buffer.from(content);
    if (!found.isFile() || found.nlink !== 1 || found.size !== expected.length) throw changed(name);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(expected.length), 0, expected.length, 0);
    if (bytesRead !== expected.length || !buffer.equals(expected)) throw changed(name);
  } finally {
    await file.close();
  }
}

async function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    () => true,
  );
}

function changed(name: string, cause?: unknown): GitisoError {
  return new GitisoError('runtime-failed', `${name} in the agent's folder is not what the daemon made`, {
    hint: 'remove the agent and restore it from its snapshot',
    ...(cause === undefined ? {} : { cause }),
  });
}
