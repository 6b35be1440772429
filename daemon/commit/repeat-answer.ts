/**
 * A commit whose answer got lost on the way: it is in the repository, and the shim asks again. Tells it what the
 * first answer told, and does not run anything twice.
 */
import type { Outcome } from '../../shared/invocation';
import type { CommitResult } from '../git/commit-engine';
import { indexPath, type CommitCall } from './commit-call';
import { formatSummary, reflogAction, reflogLines } from './commit-summary';
import { outcome } from './outcome';
import { leftovers } from './prepare-index';

export async function repeatAnswer(
  call: CommitCall,
  made: Extract<CommitResult, { kind: 'committed' }>,
): Promise<Outcome> {
  const { invocation, options, agent, head } = call;
  const { author, message } = await call.engine.readCommit(agent.store, made.commit);
  const shown = await call.container.git([
    ...['diff-tree', '--root', '--no-commit-id', '-M', '-B', '--shortstat', '--summary'],
    made.commit,
  ]);
  const summary = {
    ...{ head, message, commit: made.commit, abbreviated: made.abbreviated },
    author: { person: author, date: author, wasUtf8: true },
    committer: { person: agent.committer, date: call.now, wasUtf8: true },
  };
  const [next, ...others] = leftovers(call);
  return outcome({
    stdout: options.quiet
      ? ''
      : formatSummary(summary, options.amend || options.date !== null, shown.stdout.toString('latin1')),
    append: reflogLines(summary, reflogAction(call), message),
    rename: next === undefined ? [] : [{ from: next, to: indexPath(invocation) }],
    unlink: [...others],
  });
}
