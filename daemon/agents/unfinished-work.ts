/** What would be hard to find again after an agent is removed: uncommitted files, commits that nothing else holds. */
import { GitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { requireSuccess } from '../git/host-git';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import type { AgentLink } from './links';

export interface UnfinishedWork {
  /** Lines of `git status --porcelain`, made printable; at most `shownLines`. */
  readonly uncommitted: readonly string[];
  readonly uncommittedCount: number;
  /** Commits on the agent's branch that no other branch, remote branch or tag has. */
  readonly unpublished: number;
}

const shownLines = 20;
const timeoutMs = 120_000;
const outputLimitBytes = 16 * 1024 * 1024;

export async function findUnfinishedWork(
  context: AgentContext,
  record: AgentRecord,
  link: AgentLink,
  branch: Oid | null,
): Promise<UnfinishedWork> {
  const [lines, unpublished] = await Promise.all([
    uncommittedLines(context, link),
    countUnpublished(context, record, branch),
  ]);
  return {
    uncommitted: lines.slice(0, shownLines).map(printable),
    uncommittedCount: lines.length,
    unpublished,
  };
}

/** Throws 'agent-has-work' with what was found, unless there is nothing. */
export function refuseWork(work: UnfinishedWork): void {
  const parts = [
    ...(work.uncommittedCount > 0 ? [`${work.uncommittedCount} uncommitted files`] : []),
    ...(work.unpublished > 0 ? [`${work.unpublished} commits that are on no other branch`] : []),
  ];
  if (parts.length === 0) return;
  throw new GitisoError('agent-has-work', `the agent has ${parts.join(' and ')}`, { details: { ...work } });
}

async function uncommittedLines(context: AgentContext, link: AgentLink): Promise<readonly string[]> {
  const result = await context.containerGit.run(
    link,
    ['--no-optional-locks', 'status', '--porcelain', '--no-renames', '--untracked-files=all'],
    { timeoutMs, outputLimitBytes },
  );
  if (result.exitCode !== 0) {
    throw new GitisoError(
      'agent-not-ready',
      `git status in the container failed: ${result.stderr.slice(0, 400)}`,
    );
  }
  return result.stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}

/** Branches of agents do not count as places where work is safe; in a repository that publishes, all of them are. */
async function countUnpublished(
  context: AgentContext,
  record: AgentRecord,
  branch: Oid | null,
): Promise<number> {
  if (branch === null || context.repos.require(record.repo).publish) return 0;
  const { registry } = context;
  const agents = [record, ...registry.list(), ...registry.listRemoved()];
  const owned = new Set(agents.filter(({ repo }) => repo === record.repo).map(({ ref }) => ref));
  const { stdout } = requireSuccess(
    await context.git.run(
      [
        'rev-list',
        '--count',
        branch,
        '--not',
        // An exclusion holds for the next of these options only.
        ...[...owned].map((ref) => `--exclude=${ref}`),
        '--glob=refs/heads/*',
        '--glob=refs/remotes/*',
        '--glob=refs/tags/*',
        '--',
      ],
      { gitDir: context.layout.storeGit(record.store), timeoutMs, outputLimitBytes },
    ),
    'the commits of the agent could not be counted',
  );
  return Number(stdout.toString('latin1'));
}

function printable(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
