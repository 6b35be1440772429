/**
 * `git push` of an agent: the policy decides about every target first, then host git pushes commits by their ids with
 * the host's credentials, and what the remote took is recorded. Nothing of the agent's reaches git but checked ids
 * and its own branch's name.
 */
import { fatal, outcome, type End } from '../commit/outcome';
import { isOid, isRefName, zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import { mayMoveBranch } from '../policy/branch-policy';
import { existingObjects } from '../repos/transfer-objects';
import { networkOptions, remoteConfig } from '../repos/fetch-remote';
import { pushForms, readPush, type Lease, type PushItem, type PushRequest } from './push-request';
import { pushToClone } from './push-to-clone';
import { denyPush, type Denial } from './deny-push';
import { leaseFor } from './push-lease';
import { createRelay, remoteReplacements } from './relay-output';
import {
  currentBranch,
  refuseOption,
  refuseOtherRemote,
  shortName,
  showsProgress,
  type RemoteCall,
} from './remote-call';

/** What is going to be pushed, allowed and looked up. */
export interface ReadyPush {
  /** null: delete. */
  readonly commit: Oid | null;
  /** As the agent called it, for messages. */
  readonly name: string;
  readonly target: RefName;
  readonly force: boolean;
  readonly lease: Lease;
}

/** How the remote answered. `stderr` and `stdout` are for the agent, with its own names. */
export interface PushAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runPush(call: RemoteCall): Promise<Outcome> {
  const request = readPush(call.invocation.argv.slice(1), currentBranch(call.invocation));
  if (request.kind === 'unsupported') return refuseOption('push', request.option, pushForms).outcome;
  if (request.kind === 'wrong') return outcome({ exitCode: request.exitCode, stderr: request.text });
  const other = refuseOtherRemote(call, request.remote);
  if (other !== null) return other.outcome;

  const denials = request.items.flatMap((item) => checkItem(call, item));
  const allowed = request.items.filter((item) => !denials.some((denial) => denial.item === item));
  const [item, second] = allowed;
  if (second !== undefined) return fatal('gitiso: one branch can be pushed only once at a time').outcome;
  const isAtomic = request.options.has('atomic');
  if (item === undefined || (isAtomic && denials.length > 0)) return denyPush(call, request, denials);

  const ready = await lookUp(call, request, item);
  if (ready.kind === 'end') return ready.outcome;
  const answer = await (call.remote.kind === 'clone'
    ? pushToClone(call, request, ready)
    : pushToNetwork(call, request, ready));
  const settled = answer.exitCode === 0 ? await recordPush(call, request, ready) : { stdout: '', stderr: '' };
  const denied = denials.length === 0 ? null : await denyPush(call, request, denials);
  return outcome({
    exitCode: denied?.exitCode ?? answer.exitCode,
    stdout: answer.stdout + settled.stdout + (denied?.stdout ?? ''),
    stderr: answer.stderr + settled.stderr + (denied?.stderr ?? ''),
  });
}

function checkItem(call: RemoteCall, item: PushItem): readonly Denial[] {
  const verdict = mayMoveBranch(call.agent, call.record, item.target);
  return verdict.allowed ? [] : [{ item, verdict }];
}

type LookedUp = (ReadyPush & { readonly kind: 'ready' }) | End;

/** Finds the commit that the agent means; its own git says what a name means, the repository must have the commit. */
async function lookUp(call: RemoteCall, request: PushRequest, item: PushItem): Promise<LookedUp> {
  const { source, force } = item;
  const target = item.target;
  if (!isRefName(target)) return fatal(`invalid refspec '${target}'`);
  const lease = await leaseFor(call, request.lease, target);
  if (lease.kind === 'end') return lease;
  if (source === null) return { kind: 'ready', commit: null, name: '', target, force, lease };
  const answer = await call.container.git([
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${source}^{commit}`,
  ]);
  const id = answer.stdout.toString('latin1').trim();
  const isThere =
    isOid(id) &&
    (await existingObjects(call.context.git, { gitDir: call.record.directory }, [id])).length === 1;
  if (isOid(id) && isThere) {
    return { kind: 'ready', commit: id, name: shortName(source), target, force, lease };
  }
  const lines = [
    `error: src refspec ${shortName(source)} does not match any`,
    `error: failed to push some refs to '${call.remote.display}'`,
    '',
  ];
  return { kind: 'end', outcome: outcome({ exitCode: 1, stderr: lines.join('\n') }) };
}

async function pushToNetwork(call: RemoteCall, request: PushRequest, push: ReadyPush): Promise<PushAnswer> {
  if (call.remote.kind !== 'network') return { exitCode: 128, stdout: '', stderr: '' };
  const { url } = call.remote;
  const { context, record } = call;
  const relay = createRelay(call.container, [
    ...(push.commit === null ? [] : [[`${push.commit} -> `, `${push.name} -> `] as const]),
    ...(push.commit === null ? [] : [[`${push.commit}:`, `refs/heads/${push.name}:`] as const]),
    ...remoteReplacements(url, record.directory),
  ]);
  const flags = ['quiet', 'verbose', 'dry-run', 'porcelain'].filter((name) => request.options.has(name));
  const result = await context.git.run(
    [
      ...['push', '--no-verify', '--no-recurse-submodules', '--no-signed'],
      ...flags.map((name) => `--${name}`),
      showsProgress(call, request.options) ? '--progress' : '--no-progress',
      ...leaseArguments(push),
      ...['--end-of-options', 'origin', `${push.commit ?? ''}:${push.target}`],
    ],
    {
      gitDir: record.directory,
      ...networkOptions(url, {
        timeoutMs: context.config.current().git.networkTimeoutMs,
        signal: call.signal,
        onStderr: relay.onStderr,
      }),
      config: remoteConfig(url),
    },
  );
  await relay.finish();
  return { exitCode: result.exitCode, stdout: relay.translate(result.stdout.toString('latin1')), stderr: '' };
}

/** A lease makes even a forced push a compare-and-swap against a value somebody looked at. */
function leaseArguments({ lease, target, force }: ReadyPush): readonly string[] {
  if (lease.kind === 'one') return [`--force-with-lease=${target}:${lease.expected ?? ''}`];
  return force ? ['--force'] : [];
}

/** The remote has it: so have the remote-tracking branch and, when asked for, the agent's own configuration. */
async function recordPush(
  call: RemoteCall,
  request: PushRequest,
  push: ReadyPush,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  if (request.options.has('dry-run')) return { stdout: '', stderr: '' };
  const branch = shortName(push.target);
  const stderr = await moveTracking(call, `refs/remotes/origin/${branch}`, push.commit ?? zeroOid);
  const local = currentBranch(call.invocation);
  if (!request.setUpstream || push.commit === null || local === null) return { stdout: '', stderr };
  const name = shortName(local);
  await call.container.git(['config', `branch.${name}.remote`, 'origin']);
  await call.container.git(['config', `branch.${name}.merge`, push.target]);
  const told = `branch '${name}' set up to track 'origin/${branch}'.\n`;
  return { stdout: request.options.has('quiet') ? '' : told, stderr };
}

async function moveTracking(call: RemoteCall, tracking: string, value: Oid): Promise<string> {
  if (!isRefName(tracking)) return '';
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const old = (await call.refs.read(call.record.id, tracking)) ?? zeroOid;
    if (old === value) return '';
    const origin = { agent: call.agent.id, method: 'remote.run', argv: call.invocation.argv };
    const result = await call.refs.apply(call.record.id, [{ ref: tracking, old, new: value }], origin);
    if (result.kind === 'updated') return '';
  }
  // A fetch at the same time wins: what it saw at the remote is at least as new.
  return '';
}
