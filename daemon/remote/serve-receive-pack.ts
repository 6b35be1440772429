/**
 * The pushing side of an agent's connection: git's receive-pack as the daemon speaks it. Refs of the remote as they are
 * now; then commands and objects, the policy, the push by host git, and one verdict per ref.
 */
import type { Duplex } from 'node:stream';
import { isGitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { listRefs } from '../repos/git-refs';
import { namesOfOthers } from '../repos/agent-names';
import { createByteReader } from './byte-reader';
import { carryOutPush, type Push, type Verdicts } from './carry-out-push';
import { endStream } from './join-streams';
import { refreshedMirror } from './refreshed-mirror';
import { listRemoteFor } from './list-remote';
import { createPushSpeaker, refAdvertisement, send, statusReport, type RefVerdict } from './push-answer';
import { placeUrl } from './push-place';
import { listClone } from './push-to-clone';
import type { PushedRefs } from './pushed-refs';
import { readPush, type PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';

/** Tips told to the agent's git, so that it sends only what the daemon does not have. */
const mostHaves = 1000;

/** Returns whether the connection was made; if not, the agent has been told why. */
export async function serveReceivePack(
  call: RemoteCall,
  pushed: PushedRefs,
  startStream: () => Duplex,
): Promise<boolean> {
  const home = await findHome(call);
  if (home === null) return false;
  const all = call.target.kind === 'clone' ? await listClone(call) : await listRemoteFor(call);
  if (all === null) return false;
  const hidden = await namesOfOthers(call.context, call.record, call.agent, placeUrl(call.target));
  const refs = new Map([...all].filter(([ref]) => !hidden.has(ref)));
  const has = await ownTips(call, home);
  const stream = startStream();
  const reader = createByteReader(stream);
  try {
    await send(stream, refAdvertisement(refs, has));
    const request = await readPush(reader);
    if (request !== null) await servePush(call, pushed, { request, home, refs, reader }, stream);
  } catch (error) {
    // Git at the other end sees the connection end; in the protocol there is no room for a reason here.
    if (!isGitisoError(error)) throw error;
    call.context.log.debug('a push ended early', { repo: call.record.id, reason: error.code });
  } finally {
    reader.release();
    await endStream(stream);
  }
  return true;
}

/** null: the remote cannot be read. A remote beside the registered one has a repository of its own: its mirror. */
async function findHome(call: RemoteCall): Promise<string | null> {
  const isRegistered = call.target.kind === 'clone' || call.target.isOrigin;
  return isRegistered
    ? call.context.layout.storeGit(call.agent.store)
    : ((await refreshedMirror(call))?.gitDir ?? null);
}

async function servePush(call: RemoteCall, pushed: PushedRefs, push: Push, stream: Duplex): Promise<void> {
  const { request } = push;
  const { context } = call;
  const speaker = createPushSpeaker(stream, request.capabilities.has('side-band-64k'));
  try {
    // One at a time: what a push holds in memory and in staging is bounded by the agent, not by its connections.
    const waitMs = context.config.current().git.networkTimeoutMs;
    const verdicts = await context.queue.run(`push of ${call.agent.id}`, waitMs, () =>
      carryOutPush(call, pushed, push, speaker.say),
    );
    if (!request.capabilities.has('report-status')) return;
    const unpack = verdicts.kind === 'unfit' ? verdicts.reason : null;
    const each = request.commands.map((command) => [command, verdictOf(verdicts, command)] as const);
    await speaker.report(statusReport(unpack, each));
  } finally {
    speaker.stop();
  }
}

function verdictOf(verdicts: Verdicts, { ref }: PushCommand): RefVerdict {
  const none: RefVerdict = { kind: 'refused', reason: 'unpacker error' };
  return verdicts.kind === 'unfit' ? none : (verdicts.refs.get(ref) ?? none);
}

/** The agent's own refs first: what it pushes is mostly there already. */
async function ownTips({ context, agent }: RemoteCall, home: string): Promise<readonly Oid[]> {
  const refs = await listRefs(context.git, { gitDir: home }, []);
  const own = [agent.ref, ...agent.ownRefs].flatMap((ref) => refs.get(ref) ?? []);
  return [...new Set([...own, ...refs.values()])].slice(0, mostHaves);
}
