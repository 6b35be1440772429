/** What a command is: one declaration from which parsing, help and completion are derived, and a function that runs. */
import type { ParamsOf, ResultOf } from '../../shared/contract';
import type { MethodName, Methods } from '../../shared/methods';
import type { CallOptions } from '../rpc-client';
import type { Catalogue } from './find-command';
import type { Output } from './output';
import { bindArguments, type ArgumentShape, type ParsedArguments, type ValuesOf } from './parse-arguments';
import type { Options, Positionals } from './option';
import type { Terminal } from './terminal';

/** The daemon as commands see it. The connection is made by the first call and closed after the command. */
export interface Daemon {
  /** Rejects with GitisoError, ConnectError or Interruption; the signal of the terminal cancels the request. */
  readonly call: <M extends MethodName>(
    method: M,
    params: ParamsOf<Methods[M]>,
    options?: CallOptions,
  ) => Promise<ResultOf<Methods[M]>>;
  /** For `gitisoctl call`: whatever the user typed. */
  readonly callAny: (method: string, params: unknown, options?: CallOptions) => Promise<unknown>;
  /**
   * Hears these notifications until `onNotification` returns true; rejects when the connection ends or the
   * terminal's signal is aborted.
   */
  readonly listen: (
    notifications: readonly string[],
    onNotification: (method: string, params: unknown) => boolean,
  ) => Promise<void>;
}

export interface CommandContext {
  readonly daemon: Daemon;
  /** For completion: the daemon that another command line names with --socket. */
  readonly daemonAt: (socketFlag: string | undefined) => Daemon;
  readonly output: Output;
  readonly catalogue: Catalogue;
  readonly terminal: Terminal;
}

export interface CommandDeclaration<P extends Positionals, O extends Options> {
  /** The words that call it, like ['agent', 'create']. */
  readonly words: readonly string[];
  /** One line without a full stop. */
  readonly summary: string;
  /** More than the summary, for its own help page. */
  readonly details?: string;
  readonly positionals: P;
  readonly options: O;
  /** answer: a method's result, for people or with --json; json: always JSON; raw: bytes or scripts, no --json. */
  readonly prints: 'answer' | 'json' | 'raw';
  /** Resolves with the exit code. */
  readonly run: (values: ValuesOf<P> & ValuesOf<O>, context: CommandContext) => Promise<number>;
}

/** A declared command with its value types put away, so that all commands fit in one list. */
export interface Command extends ArgumentShape {
  readonly words: readonly string[];
  readonly summary: string;
  readonly details: string;
  readonly prints: 'answer' | 'json' | 'raw';
  /** Checks the words before it returns a function, so that a usage error never reaches the daemon. */
  readonly prepare: (parsed: ParsedArguments) => (context: CommandContext) => Promise<number>;
}

export function defineCommand<P extends Positionals, O extends Options>(
  declaration: CommandDeclaration<P, O>,
): Command {
  const { words, summary, details = '', positionals, options, prints } = declaration;
  return {
    words,
    summary,
    details,
    positionals,
    options,
    prints,
    prepare: (parsed) => {
      const values = bindArguments(declaration, parsed);
      return (context) => declaration.run(values, context);
    },
  };
}
