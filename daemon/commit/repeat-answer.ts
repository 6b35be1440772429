/**
 * A commit whose answer got lost on the way: it is in the repository, and the shim asks again. Tells it what the
 * first answer told, and does not run anything twice.
 */
import { isOid, isRefName } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import type { CommitResult } from '../git/commit-engine';
import { indexPath, type CommitCall } from './commit-call';
import { formatSummary, reflogLines } from './commit-summary';
import { fatal, outcome } from './outcome';
import { leftovers } from './prepare-index';

export async function repeatAnswer(
  call: Omit<CommitCall, 'head'>,
  made: Extract<CommitResult, { kind: 'committed' }>,
): Promise<Outcome> {
  const { invocation, options, agent } = call;
  const ref = invocation.head.slice('ref: '.length);
  if (!isRefName(ref)) return fatal('gitiso: HEAD changed while the commit was made').outcome;
  const stored = await call.engine.readCommit(agent.repo, made.commit);
  const { author, message } = stored;
  const parent = stored.parents[0] ?? null;
  const shown = await call.container.git([
    ...['diff-tree', '--root', '--no-commit-id', '-M', '-B', '--shortstat', '--summary'],
    made.commit,
  ]);
  const before = invocation.parent;
  const head = { ref, commit: before !== null && isOid(before) ? before : parent };
  const summary = {
    ...{ head, message, commit: made.commit, abbreviated: made.abbreviated },
    author: { kind: 'author' as const, person: author, date: author, wasUtf8: true },
    committer: { kind: 'author' as const, person: agent.committer, date: call.now, wasUtf8: true },
  };
  const action = options.amend ? 'commit (amend)' : parent === null ? 'commit (initial)' : 'commit';
  const [next, ...others] = leftovers(call);
  return outcome({
    stdout: options.quiet
      ? ''
      : formatSummary(summary, options.amend || options.date !== null, shown.stdout.toString('latin1')),
    append: call.config.isLogging ? reflogLines(summary, action, message) : [],
    rename: next === undefined ? [] : [{ from: next, to: indexPath(invocation) }],
    unlink: [...others],
  });
}
