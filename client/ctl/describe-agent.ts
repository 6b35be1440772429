/** Agents for people: the summary after creation, one agent in full, and the table of many. */
import type { Agent } from '../../shared/records';
import { formatAge, formatBytes, formatCount } from './quantities';
import { paintStatus, type Style } from './style';
import { renderFields, renderTable, type Column } from './table';

type Fields = readonly (readonly [string, string | null])[];

/** What matters right after creation: where the agent started and where its work is. */
export function describeNewAgent(agent: Agent, style: Style, more: Fields = []): string {
  return renderFields(
    [
      ['agent', `${agent.id} (${agent.status})`],
      ['branch', agent.branch],
      ['base', describeBase(agent, style)],
      ['workspace', agent.hostDirectory],
      ['image', agent.image],
      ...more,
    ],
    style,
  );
}

export function describeAgent(agent: Agent, style: Style): string {
  const { memoryBytes, cpus, pids } = agent.limits;
  const limits = [
    memoryBytes === undefined ? [] : `memory ${formatBytes(memoryBytes)}`,
    cpus === undefined ? [] : `cpus ${cpus}`,
    pids === undefined ? [] : `pids ${pids}`,
  ].flat();
  const fields: Fields = [
    ['agent', agent.id],
    ['name', agent.name === agent.id ? null : agent.name],
    ['status', agent.status],
    ['error', agent.error ?? null],
    ['repository', agent.repo],
    ['branch', agent.branch],
    ['base', describeBase(agent, style)],
    ['commits', String(agent.commits)],
    ['workspace', agent.hostDirectory],
    ['owner', `${agent.owner.uid}:${agent.owner.gid}`],
    ['container', agent.containerId],
    ['image', agent.image],
    ['network', agent.network],
    ['limits', limits.length === 0 ? null : limits.join(', ')],
    ['author', `${agent.author.name} <${agent.author.email}>`],
    ['committer', `${agent.committer.name} <${agent.committer.email}>`],
    ...Object.entries(agent.environment).map(([key, value]) => ['env', `${key}=${value}`] as const),
    ...agent.mounts.map(({ source, target }) => ['mount', `${source}:${target}`] as const),
    ['shared auth', agent.shareAuth],
    ['created', `${agent.createdAt} (${formatAge(agent.createdAt, style.now)})`],
    ['active', `${agent.lastActivity} (${formatAge(agent.lastActivity, style.now)})`],
  ];
  return renderFields(fields, style);
}

export function describeAgents(agents: readonly Agent[], style: Style): string {
  if (agents.length === 0) return 'no agents\n';
  const columns: readonly Column<Agent>[] = [
    { header: 'AGENT', value: (agent) => agent.id },
    { header: 'REPO', value: (agent) => agent.repo },
    { header: 'BRANCH', value: (agent) => agent.branch, canShrink: true },
    { header: 'STATUS', value: (agent) => agent.status, paint: paintStatus },
    { header: 'COMMITS', value: (agent) => String(agent.commits), align: 'right' },
    { header: 'BEHIND', value: (agent) => String(agent.base.behind ?? '-'), align: 'right' },
    { header: 'ACTIVE', value: (agent) => formatAge(agent.lastActivity, style.now) },
    { header: 'NOTE', value: (agent) => agent.error ?? '', canShrink: true },
  ];
  const hasNotes = agents.some((agent) => agent.error !== undefined);
  return renderTable(hasNotes ? columns : columns.slice(0, -1), agents, style);
}

/** `main at 0123456789ab (2 days ago), 4 commits behind its upstream` */
export function describeBase({ base }: Agent, style: Style): string {
  const age = base.committedAt === undefined ? '' : ` (${formatAge(base.committedAt, style.now)})`;
  const parts = [`${base.ref} at ${base.commit.slice(0, 12)}${age}`];
  if (base.behind !== null) {
    parts.push(
      base.behind === 0 ? 'up to date' : `${formatCount(base.behind, 'commit')} behind its upstream`,
    );
  }
  if (!base.fetched) parts.push('not fetched before');
  return parts.join(', ');
}
