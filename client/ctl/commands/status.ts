/** `gitisoctl status`. */
import type { ResultOf } from '../../../shared/contract';
import type { Methods } from '../../../shared/methods';
import { defineCommand } from '../command';
import { formatAge, formatBytes } from '../quantities';
import type { Style } from '../style';
import { renderFields } from '../table';

export const command = defineCommand({
  words: ['status'],
  summary: 'show what the daemon is, how it fares and what it depends on',
  positionals: {},
  options: {},
  prints: 'answer',
  run: async (_values, { daemon, output }) =>
    output.answer(await daemon.call('daemon.status', {}), describeStatus),
});

type Status = ResultOf<Methods['daemon.status']>;

function describeStatus(status: Status, style: Style): string {
  const { runtime, git, workers, config, audit } = status;
  const agents = Object.entries(status.agents).map(([state, count]) => `${count} ${state}`);
  const engine = runtime.available
    ? `available ${runtime.version ?? ''}`
    : `unavailable: ${runtime.error ?? 'no reason known'}`;
  return renderFields(
    [
      ['daemon', `gitisod ${status.version}, ${status.state}, pid ${status.pid}`],
      ['started', `${status.startedAt} (${formatAge(status.startedAt, style.now)})`],
      ['socket', status.socket],
      ['state', status.stateDirectory],
      ['config', config.file ?? 'defaults'],
      ['config error', config.error],
      ['runtime', engine],
      ['git', `${git.host}, libgit2 ${git.libgit2}`],
      ['confinement', describeConfinement(status.confinement)],
      ['workers', `${workers.running} running, ${workers.restarts} restarted`],
      ['repositories', String(status.repositories)],
      ['agents', agents.length === 0 ? 'none' : agents.join(', ')],
      ['connections', String(status.connections)],
      ['storage', describeStorage(status.storage)],
      ['memory', status.memoryBytes === null ? 'unknown' : formatBytes(status.memoryBytes)],
      ['audit', `record ${audit.seq}, head ${audit.head}`],
    ],
    style,
  );
}

function describeStorage({ agents, problem, freeBytes, full }: Status['storage']): string {
  const kind = agents === 'image' ? 'agents in file systems of their own' : 'agents in folders, unbounded';
  const impossible = agents === 'image' && problem !== null ? `, IMPOSSIBLE: ${problem}` : '';
  const room = full === null ? `${formatBytes(freeBytes)} free` : `FULL: ${full}`;
  return `${room}; ${kind}${impossible}`;
}

/** With how few rights git runs on the host. */
function describeConfinement({ level, missing }: Status['confinement']): string {
  return missing.length === 0 ? level : `${level}; missing: ${missing.join('; ')}`;
}
