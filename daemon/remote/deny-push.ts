/** Says no to pushes in git's own form, and tells the audit log and the subscribers. */
import { outcome } from '../commit/outcome';
import { zeroOid } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import type { Verdict } from '../policy/verdict';
import type { PushItem, PushRequest } from './push-request';
import { shortName, type RemoteCall } from './remote-call';

export interface Denial {
  readonly item: PushItem;
  readonly verdict: Extract<Verdict, { allowed: false }>;
}

/** Exit code 1. With --porcelain the table goes to standard output, as git does it. */
export async function denyPush(
  call: RemoteCall,
  request: PushRequest,
  denials: readonly Denial[],
): Promise<Outcome> {
  for (const { item, verdict } of denials) {
    await call.context.audit.append({
      agent: call.agent.id,
      repo: call.record.id,
      method: 'remote.run',
      argv: [...call.invocation.argv],
      refs: [{ ref: item.target, old: zeroOid, new: zeroOid }],
      verdict: 'denied',
      rule: verdict.rule,
      journal: null,
    });
    call.context.events.publish({
      topic: 'denials',
      agent: call.agent.id,
      repo: call.record.id,
      data: { ref: item.target, rule: verdict.rule, reason: verdict.reason },
    });
  }
  const { display } = call.remote;
  const isPorcelain = request.options.has('porcelain');
  const table = [`To ${display}`, ...denials.map((denial) => line(denial, isPorcelain)), ''].join('\n');
  const hints = [...new Set(denials.map(({ verdict }) => `hint: ${verdict.hint}`))];
  const failure = [`error: failed to push some refs to '${display}'`, ...hints, ''].join('\n');
  return outcome({
    exitCode: 1,
    stdout: isPorcelain ? table : '',
    stderr: isPorcelain ? failure : table + failure,
  });
}

function line({ item, verdict }: Denial, isPorcelain: boolean): string {
  const reason = `(${verdict.rule}: ${verdict.reason})`;
  const source = item.source ?? '';
  if (isPorcelain) return `!\t${source}:${item.target}\t[remote rejected] ${reason}`;
  const names =
    item.source === null ? shortName(item.target) : `${shortName(source)} -> ${shortName(item.target)}`;
  return ` ! [remote rejected] ${names} ${reason}`;
}
