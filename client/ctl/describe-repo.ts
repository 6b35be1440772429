/** Repositories for people: one in full, and the table of many. */
import type { ResultOf } from '../../shared/contract';
import type { Methods } from '../../shared/methods';
import type { Repo } from '../../shared/records';
import { formatAge, formatBytes } from './quantities';
import type { Style } from './style';
import { renderFields, renderTable } from './table';

export function describeRepo(repo: Repo, style: Style): string {
  return renderFields(repoFields(repo, style), style);
}

/** With its branches, who owns them, and the disk use. */
export function describeRepoInFull(
  { repo, branches, agents, diskBytes }: ResultOf<Methods['repo.show']>,
  style: Style,
): string {
  const fields = renderFields(
    [
      ...repoFields(repo, style),
      ['disk', formatBytes(diskBytes)],
      ['agents', agents.length === 0 ? 'none' : agents.join(', ')],
    ],
    style,
  );
  if (branches.length === 0) return fields;
  const table = renderTable(
    [
      { header: 'BRANCH', value: (branch) => branch.ref.replace(/^refs\/heads\//, ''), canShrink: true },
      { header: 'COMMIT', value: (branch) => branch.commit.slice(0, 12) },
      { header: 'AGENT', value: (branch) => branch.agent ?? '' },
    ],
    branches,
    style,
  );
  return `${fields}\n${table}`;
}

export function describeRepos(repos: readonly Repo[], style: Style): string {
  if (repos.length === 0) return 'no repositories\n';
  return renderTable(
    [
      { header: 'REPO', value: (repo) => repo.id },
      { header: 'DEFAULT', value: (repo) => repo.defaultBranch },
      { header: 'PUBLISH', value: (repo) => (repo.publish ? 'yes' : 'no') },
      { header: 'FETCHED', value: (repo) => describeTime(repo.fetchedAt, style) },
      { header: 'SOURCE', value: (repo) => repo.source.location, canShrink: true },
    ],
    repos,
    style,
  );
}

function repoFields(repo: Repo, style: Style): readonly (readonly [string, string | null])[] {
  const { protectedBranches } = repo;
  return [
    ['repository', repo.id],
    ['source', repo.source.location],
    ['remote', repo.remote],
    ['default branch', repo.defaultBranch],
    ['publish', repo.publish ? "agents' branches appear in the source" : 'no'],
    ['protected', protectedBranches.length === 0 ? null : protectedBranches.join(', ')],
    ['private agents', repo.privateAgents ? 'yes' : null],
    ['depth', repo.depth === null ? null : String(repo.depth)],
    ['directory', repo.directory],
    ['fetched', describeTime(repo.fetchedAt, style)],
  ];
}

function describeTime(time: string | null, style: Style): string {
  return time === null ? 'never' : formatAge(time, style.now);
}
