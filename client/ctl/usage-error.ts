/** The error for a command line that can not be understood; it never comes from the daemon. */

/** `message` is lower-case facts; `hint` is the next step. The exit code is `usageExit`. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
    this.name = 'UsageError';
  }
}

/** EX_USAGE of sysexits(3); the same code as 'invalid-params' in the error catalogue. */
export const usageExit = 64;
