/** Leaves the last word to the real git in the container where it says no by itself; never so that it could commit. */
import type { Invocation } from '../../shared/invocation';
import type { CommitCall } from './commit-call';
import type { Container } from './container';
import { end, fatal, outcome, type End } from './outcome';

/** Options that git does not accept, or that contradict each other: git prints what is wrong. */
export async function letGitComplain(container: Container, invocation: Invocation): Promise<End> {
  const result = await container.git(['commit', '--dry-run', ...invocation.argv.slice(1)]);
  if (result.exitCode >= 128) {
    const stdout = result.stdout.toString('latin1');
    return end(result.exitCode, result.stderr.toString('latin1'), { stdout });
  }
  return fatal(
    "gitiso: these options of 'git commit' are not carried to the daemon by this version",
    'the message of a commit comes by -m, -F, -C or --amend',
  );
}

/** Nothing to commit: git prints the status in its own way and exits with 1. */
export function showStatus(call: Pick<CommitCall, 'invocation' | 'optionsEnd'>, stderr: string): End {
  const { invocation, optionsEnd } = call;
  const args = invocation.argv.slice(1);
  // Behind the other options, so that none of them takes it back.
  const dry = ['commit', ...args.slice(0, optionsEnd), '--dry-run', ...args.slice(optionsEnd)];
  return { kind: 'end', outcome: outcome({ exitCode: 1, stderr, exec: [...invocation.globals, ...dry] }) };
}

/** The command as it is: for what git refuses or only prints (an index with conflicts, `--dry-run`). */
export function runAsIs(invocation: Invocation): End {
  return { kind: 'end', outcome: outcome({ exec: [...invocation.globals, ...invocation.argv] }) };
}
