/** Which value a forced push expects at the remote. */
import { fatal, type End } from '../commit/outcome';
import { isOid, isRefName, zeroOid, type RefName } from '../../shared/ids';
import type { Lease } from './push-request';
import { shortName, type RemoteCall } from './remote-call';

/** Resolves what the agent gave to a commit id, '' when the branch must not exist at the remote. */
export async function leaseFor(call: RemoteCall, lease: Lease, target: RefName): Promise<Lease | End> {
  if (lease.kind === 'none') return lease;
  const isForTarget = lease.kind === 'all' || [target, shortName(target)].includes(lease.ref);
  if (!isForTarget) return { kind: 'none' };
  if (lease.kind === 'all' || lease.expected === null) {
    const tracking = `refs/remotes/origin/${shortName(target)}`;
    const value = isRefName(tracking) ? await call.refs.read(call.record.id, tracking) : null;
    return { kind: 'one', ref: target, expected: value ?? '' };
  }
  const { expected } = lease;
  if (expected === '' || expected === zeroOid) return { kind: 'one', ref: target, expected: '' };
  const answer = await call.container.git(['rev-parse', '--verify', '--quiet', '--end-of-options', expected]);
  const id = answer.stdout.toString('latin1').trim();
  if (!isOid(id)) return fatal(`cannot parse expected object name '${expected}'`);
  return { kind: 'one', ref: target, expected: id };
}
