/**
 * Copies what some commits need from one repository of this machine to another: `git pack-objects` here piped
 * into `git index-pack` (or `unpack-objects`) there. No transport, no hook and no configuration of either side.
 */
import { GitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { lastLines, type HostGit } from '../git/host-git';
import { localLimits, type GitPlace } from './git-refs';

export interface Transfer {
  readonly from: GitPlace;
  readonly to: GitPlace;
  readonly wants: readonly Oid[];
  /** Commits that `to` has with all they need; those that `from` does not know are ignored. */
  readonly haves: readonly Oid[];
  /** Up to 100 objects are stored loose, as git's own fetch does it, instead of as one small pack each time. */
  readonly fewAsLoose: boolean;
  readonly timeoutMs: number;
  readonly onStderr?: (text: string) => void;
}

/** git's default of `fetch.unpackLimit`. */
const looseLimit = 100;

const limitBytes = 512 * 1024 * 1024 * 1024;

/** Throws 'storage-failed' when the objects could not be read or written. The objects are durable when it resolves. */
export async function transferObjects(git: HostGit, transfer: Transfer): Promise<void> {
  if (transfer.wants.length === 0) return;
  const known = await existingObjects(git, transfer.from, [...new Set(transfer.haves)]);
  const isLoose = transfer.fewAsLoose && (await isFew(git, transfer, known));
  const revisions = [...new Set(transfer.wants), ...known.map((id) => `^${id}`)].join('\n');
  const { from, to } = await git.pipe(
    {
      args: [
        'pack-objects',
        '--revs',
        '--stdout',
        '--delta-base-offset',
        transfer.onStderr ? '--progress' : '-q',
      ],
      options: {
        ...transfer.from,
        stdin: `${revisions}\n`,
        timeoutMs: transfer.timeoutMs,
        outputLimitBytes: limitBytes,
        ...(transfer.onStderr === undefined ? {} : { onStderr: transfer.onStderr }),
      },
    },
    {
      args: isLoose ? ['unpack-objects', '-q'] : ['index-pack', '--stdin'],
      options: { ...transfer.to, timeoutMs: transfer.timeoutMs, outputLimitBytes: 65_536 },
    },
  );
  if (from.exitCode !== 0 || to.exitCode !== 0) {
    throw new GitisoError(
      'storage-failed',
      `objects could not be copied: ${lastLines(from.stderr + to.stderr)}`,
    );
  }
}

async function isFew(git: HostGit, transfer: Transfer, known: readonly Oid[]): Promise<boolean> {
  const { stdout } = await git.run(['rev-list', '--objects', '--count', '--stdin'], {
    ...transfer.from,
    ...localLimits,
    stdin: [...transfer.wants, ...known.map((id) => `^${id}`), ''].join('\n'),
  });
  return Number(stdout.toString('latin1')) <= looseLimit;
}

/** Which of the objects a repository has. */
export async function existingObjects(
  git: HostGit,
  place: GitPlace,
  ids: readonly Oid[],
): Promise<readonly Oid[]> {
  if (ids.length === 0) return [];
  const { stdout } = await git.run(['cat-file', '--batch-check=%(objectname)', '--buffer'], {
    ...place,
    ...localLimits,
    stdin: `${ids.join('\n')}\n`,
  });
  const answers = stdout.toString('latin1').split('\n');
  return ids.filter((id, index) => answers[index] === id);
}
