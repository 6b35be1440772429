/** daemon.shutdown: as SIGTERM; the answer still gets out because stopping waits for what is queued. */
import type { Handler } from '../dispatch/handler';
import type { Services } from '../services';

export function daemonShutdown({ lifecycle }: Pick<Services, 'lifecycle'>): Handler<'daemon.shutdown'> {
  return async () => {
    lifecycle.requestStop('daemon.shutdown');
    return { stopping: true };
  };
}
