/** What the shim is to do last, made in one place: nothing unless it is said. */
import type { Outcome } from '../../shared/invocation';

/** A step that ended the command: refused, failed, or left to the real git. */
export interface End {
  readonly kind: 'end';
  readonly outcome: Outcome;
}

export function outcome(parts: Partial<Outcome>): Outcome {
  return {
    exitCode: 0,
    stdout: '',
    stderr: '',
    append: [],
    write: [],
    rename: [],
    unlink: [],
    forgetObjects: false,
    exec: null,
    ...parts,
  };
}

/** `text` is what git would print on standard error, bytes, with its newline. */
export function end(exitCode: number, stderr: string, parts: Partial<Outcome> = {}): End {
  return { kind: 'end', outcome: outcome({ ...parts, exitCode, stderr }) };
}

/** A refusal in git's form, exit code 128. */
export function fatal(text: string, ...hints: readonly string[]): End {
  return end(128, [`fatal: ${text}`, ...hints.map((hint) => `hint: ${hint}`), ''].join('\n'));
}
