/** Tells a caller how far its request is: `$/progress` notifications, no more than a few per second. */
import type { CallContext } from '../dispatch/handler';
import type { ReportProgress } from '../repos/repo-context';

const pauseMs = 200;

/** A new stage and 100 percent are always sent; a caller without a request id gets nothing. */
export function progressTo(context: Pick<CallContext, 'peer' | 'rpcId' | 'log'>): ReportProgress {
  let lastStage = '';
  let lastAt = 0;
  return (stage, percent, message) => {
    if (context.rpcId === null) return;
    const at = performance.now();
    if (stage === lastStage && percent !== 100 && at - lastAt < pauseMs) return;
    lastStage = stage;
    lastAt = at;
    context.peer
      .notify('$/progress', { requestId: context.rpcId, stage, percent, message })
      .catch((error: unknown) => context.log.debug('progress could not be sent', { error }));
  };
}
