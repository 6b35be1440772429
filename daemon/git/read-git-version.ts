/** Which git the host has, and whether it is new enough. */
import { GitisoError } from '../../shared/errors';
import { isOlder, parseGitVersion } from './git-versions';
import type { HostGit } from './host-git';

/** The oldest git that knows every setting the daemon relies on (core.fsync 2.36, safe.bareRepository 2.38). */
const minimumVersion: readonly [number, number] = [2, 38];

/** As in `2.39.5`. Throws 'storage-failed' when git cannot be run or is too old. */
export async function readGitVersion(run: HostGit['run']): Promise<string> {
  let text: string;
  try {
    text = (await run(['version'], { timeoutMs: 10_000, outputLimitBytes: 4096 })).stdout.toString('utf8');
  } catch (cause) {
    throw new GitisoError('storage-failed', 'git on the host cannot be run', {
      cause,
      hint: 'install git, or set git.path',
    });
  }
  if (isOlder(parseGitVersion(text), minimumVersion)) {
    throw new GitisoError('storage-failed', `git ${minimumVersion.join('.')} or newer is needed on the host`);
  }
  return text.trim().slice('git version '.length);
}
