/**
 * The pushing side of an agent's connection: git's receive-pack as the daemon speaks it. Refs of the remote as they are
 * now; then commands and objects, the policy, the push by host git, and one verdict per ref.
 */
import type { Duplex } from 'node:stream';
import { isGitisoError } from '../../shared/errors';
import { zeroOid, type Oid } from '../../shared/ids';
import { listRefs, type RefMap } from '../repos/git-refs';
import { hideHostNames, hostNames } from './agent-text';
import { createByteReader, type ByteReader } from './byte-reader';
import { endStream } from './join-streams';
import { judgePush, pushPlace, type Denial } from './judge-push';
import { refreshedMirror } from './refreshed-mirror';
import { listRemoteFor } from './list-remote';
import { createPushSpeaker, refAdvertisement, send, statusReport, type RefVerdict } from './push-answer';
import { pushOut } from './push-out';
import { listClone, pushToClone } from './push-to-clone';
import type { PushedRefs } from './pushed-refs';
import { readPush, type PushCommand, type PushRequest } from './read-push';
import { recordAccepted, recordDenied } from './record-push';
import type { RemoteCall } from './remote-call';
import { stagePush, typesOf, type StagedPush } from './stage-push';

/** Tips told to the agent's git, so that it sends only what the daemon does not have. */
const mostHaves = 1000;

const nothingStaged: StagedPush = { pack: null, verdict: { allowed: true } };

/** Returns whether the connection was made; if not, the agent has been told why. */
export async function serveReceivePack(
  call: RemoteCall,
  pushed: PushedRefs,
  startStream: () => Duplex,
): Promise<boolean> {
  const home = await findHome(call);
  if (home === null) return false;
  const refs = call.target.kind === 'clone' ? await listClone(call) : await listRemoteFor(call);
  if (refs === null) return false;
  const has = await ownTips(call, home);
  const stream = startStream();
  const reader = createByteReader(stream);
  try {
    await send(stream, refAdvertisement(refs, has));
    const request = await readPush(reader);
    if (request !== null) await servePush(call, pushed, { request, home, refs, stream, reader });
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
  return isRegistered ? call.record.directory : ((await refreshedMirror(call))?.gitDir ?? null);
}

interface Push {
  readonly request: PushRequest;
  /** The repository that the objects are for. */
  readonly home: string;
  /** What the remote has. */
  readonly refs: RefMap;
  readonly stream: Duplex;
  readonly reader: ByteReader;
}

async function servePush(call: RemoteCall, pushed: PushedRefs, push: Push): Promise<void> {
  const { request, stream } = push;
  const { context } = call;
  const speaker = createPushSpeaker(stream, request.capabilities.has('side-band-64k'));
  try {
    // One at a time: what a push holds in memory and in staging is bounded by the agent, not by its connections.
    const waitMs = context.config.current().git.networkTimeoutMs;
    const verdicts = await context.queue.run(`push of ${call.agent.id}`, waitMs, () =>
      carryOut(call, pushed, push, speaker.say),
    );
    if (!request.capabilities.has('report-status')) return;
    const unpack = verdicts.kind === 'unfit' ? verdicts.reason : null;
    const each = request.commands.map((command) => [command, verdictOf(verdicts, command)] as const);
    await speaker.report(statusReport(unpack, each));
  } finally {
    speaker.stop();
  }
}

type Verdicts =
  | { readonly kind: 'unfit'; readonly reason: string }
  | { readonly kind: 'judged'; readonly refs: ReadonlyMap<string, RefVerdict> };

function verdictOf(verdicts: Verdicts, { ref }: PushCommand): RefVerdict {
  const none: RefVerdict = { kind: 'refused', reason: 'unpacker error' };
  return verdicts.kind === 'unfit' ? none : (verdicts.refs.get(ref) ?? none);
}

async function carryOut(
  call: RemoteCall,
  pushed: PushedRefs,
  push: Push,
  say: (text: string) => Promise<void>,
): Promise<Verdicts> {
  const { request, home, reader } = push;
  const { commands } = request;
  const argv = ['git-receive-pack', call.target.display, ...request.options];
  const isOnlyDeletion = commands.every((command) => command.new === zeroOid);
  let staged: StagedPush;
  try {
    staged = isOnlyDeletion ? nothingStaged : await stagePush(call, home, reader);
  } catch (error) {
    if (!isGitisoError(error) || !['invalid-object', 'limit-exceeded'].includes(error.code)) throw error;
    const names = hostNames(call.target, [call.context.layout.state]);
    await say(`error: gitiso: ${hideHostNames(error.message, names)}\n`);
    return { kind: 'unfit', reason: 'gitiso does not take the objects' };
  }
  try {
    const denials = await judge(call, pushed, staged, push);
    await recordDenied(call, argv, denials);
    for (const hint of new Set(denials.map(({ verdict }) => verdict.hint))) await say(`hint: ${hint}\n`);
    const { allowed, verdicts } = settle(request, denials);
    if (allowed.length === 0) return { kind: 'judged', refs: verdicts };
    const answers = await pushAllowed(call, push, staged, allowed, say);
    allowed.forEach(({ ref }, index) =>
      verdicts.set(ref, answers[index] ?? { kind: 'refused', reason: 'no answer' }),
    );
    const accepted = allowed.filter(({ ref }) => verdicts.get(ref)?.kind === 'ok');
    // The agent's git takes it from now on that everybody has what the remote has.
    if (accepted.length > 0) await staged.pack?.place();
    await pushed.note(pushPlace(call), call.agent, accepted);
    await recordAccepted(call, argv, accepted);
    return { kind: 'judged', refs: verdicts };
  } finally {
    await staged.pack?.discard();
  }
}

/** The rules about the objects hold for every ref that would bring them. */
async function judge(
  call: RemoteCall,
  pushed: PushedRefs,
  staged: StagedPush,
  { request: { commands }, home, refs }: Push,
): Promise<readonly Denial[]> {
  const denials = await judgePush(call, pushed, commands, refs);
  const denied = new Set(denials.map(({ command }) => command));
  const left = commands.filter((command) => !denied.has(command));
  const types = await typesOf(call, home, staged.pack, left);
  const more = left.flatMap((command): Denial[] => {
    if (command.new === zeroOid) return [];
    if (!staged.verdict.allowed && staged.pack?.objects.has(command.new) === true)
      return [{ command, verdict: staged.verdict }];
    const type = types.get(command.new) ?? null;
    return isFit(command, type) ? [] : [{ command, verdict: unfit(command, type) }];
  });
  return [...denials, ...more];
}

function isFit({ ref }: PushCommand, type: string | null): boolean {
  return ref.startsWith('refs/heads/') ? type === 'commit' : type !== null;
}

function unfit({ new: id }: PushCommand, type: string | null): Denial['verdict'] {
  const reason = type === null ? `object ${id} is not there` : `${id} is a ${type}, not a commit`;
  return { allowed: false, rule: 'object-missing', reason, hint: 'run git fsck' };
}

/** What is still to be asked of the remote, and the verdicts that stand. */
function settle(
  { commands, capabilities }: PushRequest,
  denials: readonly Denial[],
): { readonly allowed: readonly PushCommand[]; readonly verdicts: Map<string, RefVerdict> } {
  const verdicts = new Map<string, RefVerdict>(
    denials.map(({ command, verdict }) => [
      command.ref,
      { kind: 'refused', reason: `gitiso: ${verdict.rule}: ${verdict.reason}` },
    ]),
  );
  const left = commands.filter(({ ref }) => !verdicts.has(ref));
  if (!capabilities.has('atomic') || denials.length === 0) return { allowed: left, verdicts };
  for (const { ref } of left) verdicts.set(ref, { kind: 'refused', reason: 'atomic push failure' });
  return { allowed: [], verdicts };
}

async function pushAllowed(
  call: RemoteCall,
  { request: { capabilities, options }, home }: Push,
  { pack }: StagedPush,
  commands: readonly PushCommand[],
  say: (text: string) => Promise<void>,
): Promise<readonly RefVerdict[]> {
  const isAtomic = capabilities.has('atomic');
  if (call.target.kind === 'clone') {
    await pack?.place();
    return pushToClone(call, commands, isAtomic);
  }
  return pushOut(call, call.target.url, {
    commands,
    options,
    isAtomic,
    wantsProgress: !capabilities.has('quiet'),
    home,
    objects: pack?.folder ?? null,
    say,
  });
}

/** The agent's own refs first: what it pushes is mostly there already. */
async function ownTips({ context, agent }: RemoteCall, home: string): Promise<readonly Oid[]> {
  const refs = await listRefs(context.git, { gitDir: home }, []);
  const own = [agent.ref, ...agent.ownRefs].flatMap((ref) => refs.get(ref) ?? []);
  return [...new Set([...own, ...refs.values()])].slice(0, mostHaves);
}
