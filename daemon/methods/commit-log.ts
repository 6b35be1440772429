/** commit.log: what the daemon accepted, from the audit log; subjects from the repository. */
import { isAgentId, zeroOid, type Oid, type RepoId } from '../../shared/ids';
import { hasAttic } from '../repos/attic';
import { atticOf } from '../stores';
import type { AuditRecord } from '../../shared/records';
import type { Handler } from '../dispatch/handler';
import type { Services } from '../services';
import { escapeControls } from '../log-fields';

const defaultLimit = 50;

export function commitLog(
  services: Pick<Services, 'audit' | 'commits' | 'repos' | 'agents' | 'layout'>,
): Handler<'commit.log'> {
  return async ({ repo, agent, limit }) => {
    if (repo !== undefined) services.repos.require(repo);
    const accept = (record: AuditRecord): boolean =>
      record.method === 'commit.create' &&
      record.verdict === 'accepted' &&
      (repo === undefined || record.repo === repo) &&
      (agent === undefined || record.agent === agent);
    const records = await services.audit.tail(limit ?? defaultLimit, accept);
    return { commits: await Promise.all(records.map((record) => describe(services, record)).reverse()) };
  };
}

type Sources = Pick<Services, 'commits' | 'repos' | 'agents' | 'layout'>;

async function describe(services: Sources, record: AuditRecord) {
  const move = record.refs[0];
  const commit = (move?.new ?? zeroOid) as Oid;
  const repo = (record.repo ?? '') as RepoId;
  // A repository that was removed since leaves its records behind.
  const stored = services.repos.get(repo) ? await readCommit(services, record, repo, commit) : null;
  return {
    seq: record.seq,
    time: record.time,
    agent: record.agent ?? '',
    repo,
    ref: move?.ref ?? '',
    commit,
    parent: stored?.parents[0] ?? null,
    subject: escapeControls(Buffer.from(stored?.message.split('\n', 1)[0] ?? '', 'latin1').toString('utf8')),
  };
}

/** From where the agent has it, or, after a private one was removed, from the attic. */
async function readCommit(
  { commits, agents, layout }: Sources,
  { agent }: AuditRecord,
  repo: RepoId,
  commit: Oid,
) {
  const living = agent !== null && isAgentId(agent) ? agents.get(agent) : undefined;
  const stores = [
    ...(living?.repo === repo ? [living.store] : [repo]),
    ...((await hasAttic(layout, repo)) ? [atticOf(repo)] : []),
  ];
  for (const store of stores) {
    const found = await commits.readCommit(store, commit).catch(() => null);
    if (found !== null) return found;
  }
  return null;
}
