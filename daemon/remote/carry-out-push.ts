/**
 * One push from its commands to a verdict per ref: objects into staging, the rules, the remote, the records. What is
 * staged is gone when it ends.
 */
import { crashPoint } from '../crash-points';
import { isGitisoError } from '../../shared/errors';
import { zeroOid } from '../../shared/ids';
import type { RefMap } from '../repos/git-refs';
import { hideHostNames, hostNames } from './agent-text';
import type { ByteReader } from './byte-reader';
import { judgeObjects, judgeRefs, pushPlace, type Denial } from './judge-push';
import type { RefVerdict } from './push-answer';
import { pushOut } from './push-out';
import { pushToClone } from './push-to-clone';
import type { PushedRefs } from './pushed-refs';
import type { PushCommand, PushRequest } from './read-push';
import { recordAccepted, recordDenied, recordUnknown } from './record-push';
import type { RemoteCall } from './remote-call';
import { stagePush, type StagedPush } from './stage-push';

export interface Push {
  readonly request: PushRequest;
  /** The repository that the objects are for. */
  readonly home: string;
  /** What the remote has. */
  readonly refs: RefMap;
  readonly reader: ByteReader;
}

/** `unfit`: the objects were not taken, and so no ref. */
export type Verdicts =
  | { readonly kind: 'unfit'; readonly reason: string }
  | { readonly kind: 'judged'; readonly refs: ReadonlyMap<string, RefVerdict> };

const nothingStaged: StagedPush = { pack: null, verdict: { allowed: true }, bytes: 0 };

const codesOfObjects = ['invalid-object', 'limit-exceeded', 'storage-full', 'quota-exceeded'];

/** `say` shows text as the remote's words. Throws 'timed-out', 'request-cancelled', 'storage-failed'. */
export async function carryOutPush(
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
    if (!isGitisoError(error) || !codesOfObjects.includes(error.code)) throw error;
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
    crashPoint('push:judged');
    // Nobody else may see the name of a private agent, not for a moment.
    if (call.record.privateAgents) await pushed.announce(pushPlace(call), call.agent, allowed);
    else await pushed.expect(pushPlace(call), call.agent, allowed);
    const operation = await call.context.operations.begin({
      repo: call.record.id,
      created: call.record.createdAt,
      agent: call.agent.id,
      method: 'remote.connect',
      argv,
      traces: 'remote',
      asked: allowed.map(({ ref, old, new: value }) => ({ ref, old, new: value })),
    });
    crashPoint('push:intended');
    const answers = await pushAllowed(call, push, staged, allowed, say).catch(async (error: unknown) => {
      // Cut off in the middle: whether the remote took it nobody here can tell.
      await recordUnknown(call, argv, allowed, operation.seq);
      operation.end();
      throw error;
    });
    allowed.forEach(({ ref }, index) =>
      verdicts.set(ref, answers[index] ?? { kind: 'refused', reason: 'no answer' }),
    );
    crashPoint('push:sent');
    const accepted = allowed.filter(({ ref }) => verdicts.get(ref)?.kind === 'ok');
    // The agent's git takes it from now on that everybody has what the remote has.
    if (accepted.length > 0) {
      await staged.pack?.place();
      call.intake.accepted(call.agent.id, staged.bytes);
    }
    crashPoint('push:placed');
    await pushed.note(pushPlace(call), call.agent, accepted);
    if (call.record.privateAgents) await pushed.withdraw(pushPlace(call), call.agent, allowed, accepted);
    crashPoint('push:noted');
    await recordAccepted(call, argv, accepted, operation.seq);
    operation.end();
    crashPoint('push:recorded');
    return { kind: 'judged', refs: verdicts };
  } finally {
    await staged.pack?.discard();
  }
}

async function judge(
  call: RemoteCall,
  pushed: PushedRefs,
  staged: StagedPush,
  { request: { commands }, home, refs }: Push,
): Promise<readonly Denial[]> {
  const denials = await judgeRefs(call, pushed, commands, refs);
  const denied = new Set(denials.map(({ command }) => command));
  const left = commands.filter((command) => !denied.has(command));
  return [...denials, ...(await judgeObjects(call, home, staged, left))];
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
