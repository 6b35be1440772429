/**
 * A push when the user's clone itself is agents' origin: the objects are copied and the branch is moved there by
 * compare-and-swap, as the clone's owner. No hook runs, a checked-out branch is never moved.
 */
import { zeroOid, type Oid } from '../../shared/ids';
import { checkedOutBranches } from '../repos/clone-view';
import { listRefs, localLimits, moveRefs } from '../repos/git-refs';
import { transferObjects } from '../repos/transfer-objects';
import { openClone } from '../repos/update-repository';
import type { PushRequest } from './push-request';
import { shortName, type RemoteCall } from './remote-call';
import type { PushAnswer, ReadyPush } from './run-push';

export async function pushToClone(
  call: RemoteCall,
  request: PushRequest,
  push: ReadyPush,
): Promise<PushAnswer> {
  const { context, record } = call;
  const clone = await openClone(context, record);
  const refs = await listRefs(context.git, clone, []);
  const old = refs.get(push.target) ?? zeroOid;
  const value = push.commit ?? zeroOid;
  if (old === value) return { exitCode: 0, stdout: '', stderr: 'Everything up-to-date\n' };
  const refusal = await whyNot(call, push, clone.commonDir, old);
  if (refusal !== null) return rejected(call, push, refusal);
  if (!request.options.has('dry-run')) {
    await transferObjects(context.git, {
      from: { gitDir: record.directory },
      to: clone,
      wants: push.commit === null ? [] : [push.commit],
      haves: [...refs.values()],
      fewAsLoose: true,
      timeoutMs: localLimits.timeoutMs,
    });
    const { refused } = await moveRefs(context.git, clone, [{ ref: push.target, old, new: value }]);
    if (refused.length > 0) return rejected(call, push, '[remote rejected] (failed to update ref)');
  }
  const text = `To ${call.remote.display}\n${describe(push, old)}\n`;
  return { exitCode: 0, stdout: '', stderr: request.options.has('quiet') ? '' : text };
}

async function whyNot(
  call: RemoteCall,
  push: ReadyPush,
  commonDir: string,
  old: Oid,
): Promise<string | null> {
  if ((await checkedOutBranches(commonDir)).has(push.target)) {
    return '[remote rejected] (branch is currently checked out)';
  }
  if (push.lease.kind === 'one') {
    return (push.lease.expected ?? '') === (old === zeroOid ? '' : old) ? null : '[rejected] (stale info)';
  }
  if (push.force || push.commit === null || old === zeroOid) return null;
  const answer = await call.context.git.run(['merge-base', '--is-ancestor', old, push.commit], {
    gitDir: call.record.directory,
    ...localLimits,
  });
  return answer.exitCode === 0 ? null : '[rejected] (non-fast-forward)';
}

function rejected(call: RemoteCall, push: ReadyPush, refusal: string): PushAnswer {
  const { display } = call.remote;
  const [summary = '', reason = ''] = refusal.split(/ (?=\()/);
  const lines = [
    `To ${display}`,
    ` ! ${summary.padEnd(17)} ${names(push)} ${reason}`,
    `error: failed to push some refs to '${display}'`,
    '',
  ];
  return { exitCode: 1, stdout: '', stderr: lines.join('\n') };
}

function describe(push: ReadyPush, old: Oid): string {
  if (push.commit === null) return ` - ${'[deleted]'.padEnd(17)} ${names(push)}`;
  if (old === zeroOid) return ` * ${'[new branch]'.padEnd(17)} ${names(push)}`;
  return `   ${`${old.slice(0, 7)}..${push.commit.slice(0, 7)}`.padEnd(17)} ${names(push)}`;
}

function names(push: ReadyPush): string {
  const target = shortName(push.target);
  return push.commit === null ? target : `${push.name} -> ${target}`;
}
