/** transaction.run: git commands other than commit that write refs. They are refused, in git's own form. */
import { fatal } from '../commit/outcome';
import type { Handler } from '../dispatch/handler';
import { printableText } from '../printable-text';

export function transactionRunHandler(): Handler<'transaction.run'> {
  return async ({ argv }) => {
    const command = printableText((argv[0] ?? '').slice(0, 40));
    return fatal(
      `gitiso: 'git ${command}' would write refs, which this daemon supports for commit, fetch, pull and push only`,
      'nothing was changed; an administrator can do it in the repository on the host',
    ).outcome;
  };
}
