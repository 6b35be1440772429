/** Tells the audit log and the subscribers which refs an operation of the daemon moved. */
import type { RepoId } from '../../shared/ids';
import type { RefMove } from './git-refs';
import type { RepoContext } from './repo-context';

/** Keeps one audit line and one event readable and bounded. */
const refsPerRecord = 500;
const refsPerEvent = 100;

/** `cause` says in one word what happened: 'add', 'fetch', 'clone' (someone changed the clone), 'hand', 'push'. */
export async function recordMoves(
  context: Pick<RepoContext, 'audit' | 'events'>,
  repo: RepoId,
  moves: readonly RefMove[],
  origin: {
    readonly agent: string | null;
    readonly method: string;
    readonly argv: readonly string[];
    readonly cause: string;
    /** Number of the operation in the journal that the last line settles. */
    readonly operation?: number;
  },
): Promise<void> {
  for (let start = 0; start < moves.length; start += refsPerRecord) {
    await context.audit.append({
      agent: origin.agent,
      repo,
      method: origin.method,
      argv: [...origin.argv],
      refs: moves.slice(start, start + refsPerRecord).map((move) => ({ ...move })),
      verdict: 'accepted',
      rule: null,
      journal: start + refsPerRecord < moves.length ? null : (origin.operation ?? null),
    });
  }
  if (moves.length === 0) return;
  context.events.publish({
    topic: 'refs',
    agent: origin.agent,
    repo,
    data: { cause: origin.cause, total: moves.length, refs: moves.slice(0, refsPerEvent) },
  });
}
