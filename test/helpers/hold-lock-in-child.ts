/** A process that takes the lock of `<state directory>`, says `held` or the error's code, and ends with its input. */
import { acquireStateLock } from '../../daemon/state-lock';
import { isGitisoError } from '../../shared/errors';

acquireStateLock(process.argv[2] ?? '', process.pid)
  .then(() => 'held')
  .catch((error: unknown) => (isGitisoError(error) ? error.code : String(error)))
  .then((said) => process.stdout.write(`${said}\n`))
  .catch(() => process.exit(1));
process.stdin.on('end', () => process.exit(0)).resume();
