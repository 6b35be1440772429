/** Branches and tags of agents that the audit log knows and their repository does not have any more. */
import { isOid, zeroOid, type Oid, type RefName } from '../../shared/ids';
import type { AgentRecord } from '../agents/agent-registry';
import { localLimits } from '../repos/git-refs';
import type { RepoRecord } from '../repos/repo-registry';
import type { Diagnosis, Patient } from './patient';

export async function lostRefs(patient: Patient, record: RepoRecord): Promise<readonly Diagnosis[]> {
  const findings: Diagnosis[] = [];
  for (const agent of patient.agents.records.filter(({ repo }) => repo === record.id))
    for (const ref of new Set([agent.ref, ...agent.ownRefs])) {
      const value = await lastValue(patient, agent, ref);
      if (value !== null) findings.push(await lost(patient, agent, ref, value));
    }
  return findings;
}

/** What the audit log says of a ref that is not there; null: it is there, or its agent deleted it. */
async function lastValue(
  { git, layout, audit }: Patient,
  { repo, store }: AgentRecord,
  ref: RefName,
): Promise<Oid | null> {
  const place = { gitDir: layout.storeGit(store), ...localLimits };
  const there = await git.run(['rev-parse', '--verify', '--quiet', ref], place);
  if (there.exitCode === 0) return null;
  const [last] = await audit.tail(
    1,
    (one) => one.verdict === 'accepted' && one.repo === repo && one.refs.some((move) => move.ref === ref),
  );
  const value = last?.refs.find((move) => move.ref === ref)?.new;
  return value === undefined || value === zeroOid || !isOid(value) ? null : value;
}

async function lost(
  { git, layout, hands: { restoreRef } }: Patient,
  { id, store }: AgentRecord,
  ref: RefName,
  value: Oid,
): Promise<Diagnosis> {
  const type = await git.run(['cat-file', '-t', value], { gitDir: layout.storeGit(store), ...localLimits });
  const finding = {
    id: 'branch-lost',
    severity: 'error' as const,
    where: `agent ${id}`,
    what: `its ${ref.replace(/^refs\/heads\//, 'branch ').replace(/^refs\/tags\//, 'tag ')} is gone; the daemon's last value was ${value.slice(0, 12)}`,
  };
  if (type.stdout.toString('utf8').trim() !== 'commit' || restoreRef === null) {
    const advice =
      'with the daemon running and the commit there, --fix makes it again; else fetch the commit from a clone first';
    return { ...finding, advice };
  }
  return {
    ...finding,
    advice: '--fix makes it again with that value',
    mend: async () => {
      await restoreRef(store, ref, value);
      return `it is there again, at ${value.slice(0, 12)}`;
    },
  };
}
