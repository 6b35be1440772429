/** `transaction.run`: commands that may write refs. Forms that write none go on locally; the others are refused. */
import { createContainer } from '../commit/container';
import { fatal } from '../commit/outcome';
import type { Handler } from '../dispatch/handler';
import { findLocalForm } from '../transaction/local-form';

export function transactionRunHandler(): Handler<'transaction.run'> {
  return async (invocation, context) => {
    const container = createContainer(context.peer, invocation);
    const local = await findLocalForm(invocation, container);
    if (local !== null) return local.outcome;
    const command = invocation.argv[0] ?? '';
    return fatal(
      `gitiso: 'git ${command}' changes refs and is not carried to the daemon by this version`,
      'nothing was changed',
      "these work: 'git commit' (also --amend), 'git fetch', 'git pull --ff-only', 'git push'",
      "'git restore', 'git reset -- <path>' and 'git switch <existing branch>' are local and work too",
    ).outcome;
  };
}
