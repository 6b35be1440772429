/** The socket of administrators and editors: whoever may open it may do everything the daemon offers. */
import type { Dispatcher } from '../dispatch/dispatcher';
import { createInputBudget, createRateLimit } from './input-limits';
import { serveSocket, type ServedSocket } from './serve-socket';
import { startConversation, type Serving } from './serving';

/** `gid`: the group that may connect; null: only the daemon's own user (the directory keeps others out). Throws as serveSocket does. */
export function openAdminSocket(
  serving: Serving,
  dispatcher: Dispatcher,
  place: { readonly path: string; readonly uid: number; readonly gid: number | null },
): Promise<ServedSocket> {
  const { path, uid, gid } = place;
  const actor = { kind: 'admin' } as const;
  const budget = createInputBudget(() => Number.MAX_SAFE_INTEGER);
  const rate = createRateLimit(
    () => Number.MAX_SAFE_INTEGER,
    () => performance.now(),
  );
  return serveSocket({
    place: {
      path,
      directoryMode: gid === null ? 0o700 : 0o750,
      socketMode: 0o660,
      owner: gid === null ? null : { uid, gid },
    },
    mayAccept: (open) => open < serving.config.current().limits.adminConnections,
    connects: null,
    accept: (socket) => startConversation(socket, serving, { actor, dispatcher, budget, rate }),
    onError: (error) => serving.log.error('the admin socket failed', { error }),
  });
}
