/** What a git worker says of a failure, as an error of the catalogue. */
import { GitisoError } from '../../shared/errors';
import { machineErrorCode } from '../machine-error';
import { workerFailed } from './worker-failure';

/** 'storage-failed' when the disk or a lock in it is the cause, else 'worker-failed'. */
export function asWorkerError(text: string, code: string | null): GitisoError {
  if (
    code === 'EACCES' ||
    machineErrorCode({ code }) !== null ||
    /could not make the lock of|no space left|disk quota|read-only file system|input\/output error/i.test(
      text,
    )
  )
    return new GitisoError('storage-failed', 'the repository can not be written', { cause: new Error(text) });
  const [, ref] = /could not lock (\S+)/.exec(text) ?? [];
  if (ref !== undefined)
    return new GitisoError('storage-failed', `${ref} is locked by a process on the host`, {
      hint: 'try again; gitisoctl doctor names the lock and who holds it',
      cause: new Error(text),
    });
  return workerFailed('defect', 'the git worker could not do the request', new Error(text));
}
