import type { Ran } from './run';

/** An agent that can be made to work, on the host or in a container: the real shim and git either way. */
export interface WorkingAgent {
  readonly id: string;
  readonly ref: string;
  /** Its work tree as a path of the host. */
  readonly workspace: string;
  /** git as the agent calls it. */
  readonly git: (argv: readonly string[], input?: string) => Promise<Ran>;
  /** A command that git can carry out without the daemon; must succeed. */
  readonly look: (argv: readonly string[]) => Promise<string>;
}
