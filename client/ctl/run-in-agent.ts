/** Runs the user's own command in a container: its bytes and its exit code pass through unchanged. */
import type { CommandContext } from './command';
import { omitUndefined } from './omit-undefined';

export interface ContainerCommand {
  readonly id: string;
  readonly argv: readonly string[];
  readonly workdir?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: Buffer | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Resolves with the command's exit code. */
export async function runInAgent(
  { id, argv, workdir, environment, stdin, timeoutMs }: ContainerCommand,
  { daemon, output }: CommandContext,
): Promise<number> {
  const params = omitUndefined({
    id,
    argv: [...argv],
    workdir,
    environment: environment === undefined ? undefined : { ...environment },
    stdin: stdin?.toString('base64'),
    timeoutMs,
  });
  const { exitCode } = await daemon.call('agent.exec', params, { onOutput: output.raw });
  return exitCode;
}
