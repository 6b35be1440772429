/** Finds the host's git: a path stays, a name is looked up in the folders of PATH. Starts nothing. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { GitisoError } from '../../shared/errors';

/** Relative folders of PATH are not looked at. Throws 'storage-failed' when there is no such program. */
export async function findGit(name: string, path: string): Promise<string> {
  const candidates = isAbsolute(name)
    ? [name]
    : path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, name));
  for (const candidate of name.includes('/') && !isAbsolute(name) ? [] : candidates) {
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return candidate;
  }
  throw new GitisoError('storage-failed', 'git was not found on the host', {
    hint: 'install git, or set git.path in the configuration to its absolute path',
  });
}
