/** Asks a remote for its refs on behalf of an agent, which sees host git's words when that fails. */
import { isGitisoError } from '../../shared/errors';
import { listRemote } from '../repos/fetch-remote';
import type { RefMap } from '../repos/git-refs';
import { createAgentRelay } from './agent-relay';
import type { RemoteCall } from './remote-call';

/** Every ref there is, as a pushing git expects it. null: the remote cannot be read, and the agent has been told why. */
export async function listRemoteFor(call: RemoteCall): Promise<RefMap | null> {
  const { context, target, signal } = call;
  if (target.kind === 'clone') return new Map();
  const relay = createAgentRelay(call);
  try {
    const listing = await listRemote(context.git, target.url, {
      timeoutMs: context.config.current().git.networkTimeoutMs,
      signal,
      onStderr: relay.onText,
    });
    return new Map([...listing.refs].filter(([ref]) => ref.startsWith('refs/') && !ref.endsWith('^{}')));
  } catch (error) {
    // What git said about the remote is on the terminal already.
    if (isGitisoError(error) && error.code === 'repo-unreachable') return null;
    throw error;
  } finally {
    await relay.finish();
  }
}
