/** The mirror of a connection's remote as new as the connection, while the agent sees how the fetch goes. */
import { isGitisoError } from '../../shared/errors';
import { createAgentRelay } from './agent-relay';
import type { MirrorPlace } from './mirror-place';
import type { RemoteCall } from './remote-call';

/** null: the remote cannot be read, and the agent has been told why. Throws as `refreshMirror`. */
export async function refreshedMirror(call: RemoteCall): Promise<MirrorPlace | null> {
  const { record, agent, target, signal } = call;
  const relay = createAgentRelay(call);
  try {
    return await call.mirrors.refresh(record, agent, target, {
      signal,
      wantsProgress: call.progress,
      onText: relay.onText,
    });
  } catch (error) {
    // What git said about the remote is on the terminal already.
    if (isGitisoError(error) && error.code === 'repo-unreachable' && target.kind === 'network') return null;
    throw error;
  } finally {
    await relay.finish();
  }
}
