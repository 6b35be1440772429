/**
 * Makes again what is generated for an agent and mounted read-only, where it is gone: the folder is the daemon's own,
 * no container can write to it. What is there is left as it is.
 */
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { generatedFiles, profileScript } from '../runtime/mounts';
import { entryPath, makeDirectory, makeFile, withDirectory } from './directory-handle';
import type { ProvisionPlan } from './provision';

/** As in `ProvisionPlan`. Durable when it resolves. */
export async function provisionMounts({
  agent,
  owner,
  ref,
  remotes,
}: Pick<ProvisionPlan, 'agent' | 'owner' | 'ref' | 'remotes'>): Promise<void> {
  const files = generatedFiles(agent);
  if (!(await exists(agent.run)))
    await withDirectory(agent.root, (root) => makeDirectory(root, basename(agent.run), 0o700, owner));
  if (!(await exists(agent.mounts)))
    await withDirectory(agent.root, (root) => makeDirectory(root, basename(agent.mounts), 0o755, null));
  if (!(await exists(files.etc)))
    await withDirectory(agent.mounts, (mounts) => makeDirectory(mounts, basename(files.etc), 0o755, null));
  await fill(agent.mounts, [[basename(files.profile), profileScript]]);
  await fill(files.etc, [
    ['remotes', remotes],
    ['branch', `${ref}\n`],
  ]);
}

async function fill(folder: string, items: readonly (readonly [string, string])[]): Promise<void> {
  await withDirectory(folder, async (directory) => {
    for (const [name, content] of items) {
      if (await exists(entryPath(directory, name))) continue;
      const file = await makeFile(directory, name, content, 0o444, null);
      await file.sync();
      await file.close();
    }
    await directory.sync();
  });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
