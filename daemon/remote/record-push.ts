/** Tells the audit log and the subscribers what became of a push: what the remote took, and what the policy denied. */
import type { RefMove } from '../repos/git-refs';
import { auditedArguments } from '../git/create-commit-engine';
import type { Denial } from './judge-push';
import type { PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';

const method = 'remote.connect';
/** Keeps one audit line and one event readable and bounded. */
const refsPerRecord = 500;
const refsPerEvent = 100;

/** `argv`: the service, the remote as the agent calls it, push options. */
export async function recordAccepted(
  call: RemoteCall,
  argv: readonly string[],
  accepted: readonly PushCommand[],
  operation: number,
): Promise<void> {
  const { agent, record, context } = call;
  for (let at = 0; at < accepted.length; at += refsPerRecord)
    await append(call, argv, accepted.slice(at, at + refsPerRecord), {
      rule: null,
      journal: at + refsPerRecord < accepted.length ? null : operation,
    });
  if (accepted.length === 0) return;
  const remote: readonly RefMove[] = accepted.slice(0, refsPerEvent);
  context.events.publish({
    topic: 'refs',
    agent: agent.id,
    repo: record.id,
    data: { cause: 'push', total: accepted.length, remote },
  });
}

/** The remote was asked and nobody heard what it did. */
export async function recordUnknown(
  call: RemoteCall,
  argv: readonly string[],
  asked: readonly PushCommand[],
  operation: number,
): Promise<void> {
  await append(call, argv, asked.slice(0, refsPerRecord), { rule: 'outcome-unknown', journal: operation });
}

export async function recordDenied(
  call: RemoteCall,
  argv: readonly string[],
  denials: readonly Denial[],
): Promise<void> {
  const { agent, record, context } = call;
  for (const rule of new Set(denials.map(({ verdict }) => verdict.rule))) {
    const refs = denials.filter(({ verdict }) => verdict.rule === rule).map(({ command }) => command);
    await append(call, argv, refs.slice(0, refsPerRecord), { rule, journal: null });
  }
  for (const { command, verdict } of denials.slice(0, refsPerEvent)) {
    const { rule, reason } = verdict;
    context.events.publish({
      topic: 'denials',
      agent: agent.id,
      repo: record.id,
      data: { ref: command.ref, rule, reason },
    });
  }
}

async function append(
  { agent, record, context }: RemoteCall,
  argv: readonly string[],
  commands: readonly PushCommand[],
  { rule, journal }: { readonly rule: string | null; readonly journal: number | null },
): Promise<void> {
  await context.audit.append({
    agent: agent.id,
    repo: record.id,
    method,
    argv: auditedArguments(argv),
    refs: commands.map(({ ref, old, new: value }) => ({ ref, old, new: value })),
    verdict: rule === null ? 'accepted' : rule === 'outcome-unknown' ? 'failed' : 'denied',
    rule,
    journal,
  });
}
