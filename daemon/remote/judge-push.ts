/** Decides about each ref of a push before the remote is asked, with what is known of the remote and of other agents. */
import { zeroOid, type Oid } from '../../shared/ids';
import { mayPush } from '../policy/push-policy';
import type { Verdict } from '../policy/verdict';
import { branchesOfOthers } from '../repos/agent-names';
import { isPrivate } from '../stores';
import { placeUrl } from './push-place';
import type { Place, PushedRefs } from './pushed-refs';
import type { PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';
import { typesOf, type StagedPush } from './stage-push';

export interface Denial {
  readonly command: PushCommand;
  readonly verdict: Extract<Verdict, { allowed: false }>;
}

/** `refs`: what the remote has. */
export async function judgeRefs(
  call: RemoteCall,
  pushed: PushedRefs,
  commands: readonly PushCommand[],
  refs: ReadonlyMap<string, Oid>,
): Promise<readonly Denial[]> {
  const { agent, record } = call;
  const makerOf = await pushed.owners(pushPlace(call), agent);
  const others = await claimedByOthers(call);
  return commands.flatMap((command): Denial[] => {
    const old = refs.get(command.ref) ?? zeroOid;
    const maker = makerOf(command.ref, old);
    const nobody = others.has(command.ref) ? 'other' : 'free';
    const owner = maker === 'nobody' ? nobody : maker;
    const verdict = mayPush(agent, record, { ref: command.ref, old, new: command.new, owner });
    return verdict.allowed ? [] : [{ command, verdict }];
  });
}

/** The rules about objects hold for every ref that would bring them, and a branch is a commit. */
export async function judgeObjects(
  call: RemoteCall,
  home: string,
  staged: StagedPush,
  commands: readonly PushCommand[],
): Promise<readonly Denial[]> {
  const types = await typesOf(call, home, staged.pack, commands);
  return commands.flatMap((command): Denial[] => {
    if (command.new === zeroOid) return [];
    if (!staged.verdict.allowed && staged.pack?.objects.has(command.new) === true)
      return [{ command, verdict: staged.verdict }];
    const type = types.get(command.new) ?? null;
    return isFit(command, type) ? [] : [{ command, verdict: unfit(command, type) }];
  });
}

function isFit({ ref }: PushCommand, type: string | null): boolean {
  return ref.startsWith('refs/heads/') ? type === 'commit' : type !== null;
}

function unfit({ new: id }: PushCommand, type: string | null): Denial['verdict'] {
  const reason = type === null ? `object ${id} is not there` : `${id} is a ${type}, not a commit`;
  return { allowed: false, rule: 'object-missing', reason, hint: 'run git fsck' };
}

/** Where what was pushed is remembered. */
export function pushPlace({ record, target }: RemoteCall): Place {
  return { repo: record.id, url: placeUrl(target) };
}

/** Names that belong to other agents of the repository, whether they have pushed them or not. */
async function claimedByOthers({ agent, record, context }: RemoteCall): Promise<ReadonlySet<string>> {
  if (isPrivate(agent)) return branchesOfOthers(context, record, agent);
  const others = context.agents.list().filter(({ id, repo }) => repo === record.id && id !== agent.id);
  return new Set<string>(others.flatMap(({ ref, ownRefs }) => [ref, ...ownRefs]));
}
