/** `gitisoctl agent stats`: resource use, of the agents named or of all. */
import type { ResultOf } from '../../../shared/contract';
import type { Methods } from '../../../shared/methods';
import { defineCommand } from '../command';
import { forEachId } from '../each-agent';
import { rest } from '../option';
import { formatAge, formatBytes } from '../quantities';
import { paintStatus, type Style } from '../style';
import { renderTable } from '../table';

type Stats = ResultOf<Methods['agent.stats']>;
type Usage = Stats['disk']['workspace'];

export const command = defineCommand({
  words: ['agent', 'stats'],
  summary: 'show CPU, memory, disk and commits of agents',
  details: 'A dash stands for what can not be measured while the agent is stopped.',
  positionals: { ids: rest('any', 'ID', 'ids of the agents (default: all)', 'agent') },
  options: {},
  prints: 'answer',
  run: async ({ ids }, context) => {
    const { daemon } = context;
    const wanted = ids.length > 0 ? ids : (await daemon.call('agent.list', {})).agents.map(({ id }) => id);
    return forEachId(
      {
        ids: wanted,
        isList: ids.length !== 1,
        request: (id) => daemon.call('agent.stats', { id }),
        report: 'together',
        render: (answers, style) =>
          describeStats(
            answers.map(({ result }) => result),
            style,
          ),
      },
      context,
    );
  },
});

function describeStats(stats: readonly Stats[], style: Style): string {
  return renderTable(
    [
      { header: 'AGENT', value: ({ id }) => id },
      { header: 'STATUS', value: ({ status }) => status, paint: paintStatus },
      {
        header: 'CPU',
        value: ({ cpuPercent: cpu }) => (cpu === null ? '-' : `${cpu.toFixed(1)}%`),
        align: 'right',
      },
      { header: 'MEMORY', value: describeMemory, align: 'right' },
      { header: 'PIDS', value: ({ pids }) => String(pids ?? '-'), align: 'right' },
      { header: 'WORKSPACE', value: ({ disk }) => describeUsage(disk.workspace), align: 'right' },
      { header: 'GITDIR', value: ({ disk }) => describeUsage(disk.gitdir), align: 'right' },
      { header: 'QUARANTINE', value: ({ disk }) => describeUsage(disk.quarantine), align: 'right' },
      { header: 'DISK', value: describeStorage, align: 'right' },
      { header: 'COMMITS', value: ({ commits }) => String(commits), align: 'right' },
      { header: 'ACTIVE', value: ({ lastActivity }) => formatAge(lastActivity, style.now) },
    ],
    stats,
    style,
  );
}

function describeMemory({ memoryBytes, memoryLimitBytes }: Stats): string {
  if (memoryBytes === null) return '-';
  const limit = memoryLimitBytes === null ? '' : ` / ${formatBytes(memoryLimitBytes)}`;
  return formatBytes(memoryBytes) + limit;
}

function describeStorage({ storage }: Stats): string {
  if (storage === null) return '-';
  return `${formatBytes(storage.usedBytes)} / ${formatBytes(storage.limitBytes)}`;
}

function describeUsage(usage: Usage): string {
  return usage === null ? '-' : formatBytes(usage.bytes);
}
