/** The daemon as commands see it: one connection, made when first needed, and cancelled by the terminal's signal. */
import type { ParamsOf, ResultOf } from '../../shared/contract';
import type { MethodName, Methods } from '../../shared/methods';
import type { CallOptions, RpcClient } from '../rpc-client';
import type { Daemon } from './command';
import { ConnectError } from './explain-error';
import type { Terminal } from './terminal';

/** Rejects with GitisoError 'daemon-unreachable', whose cause carries the error code of connect(2). */
export type Connect = (socketPath: string) => Promise<RpcClient>;

export interface OpenDaemon extends Daemon {
  readonly close: () => Promise<void>;
}

export function openDaemon(findSocket: () => string, terminal: Terminal, connect: Connect): OpenDaemon {
  const { signal } = terminal;
  let connection: Promise<RpcClient> | null = null;
  const open = (): Promise<RpcClient> => {
    const socketPath = findSocket();
    connection ??= connect(socketPath).catch((error: unknown) => {
      throw new ConnectError(socketPath, codeOfCause(error), { cause: error });
    });
    return connection;
  };

  async function callAny(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    signal.throwIfAborted();
    const client = await open();
    const signals = options.signal === undefined ? [signal] : [signal, options.signal];
    const request = client.callByName(method, params, { ...options, signal: AbortSignal.any(signals) });
    return untilAborted(request, signal);
  }

  async function listen(
    notifications: readonly string[],
    onNotification: (method: string, params: unknown) => boolean,
  ): Promise<void> {
    const client = await open();
    let stop: () => void = () => undefined;
    const seen = new Promise<void>((resolve, reject) => {
      const stops = notifications.map((name) =>
        client.on(name, (params) => {
          if (onNotification(name, params)) resolve();
        }),
      );
      stop = () => stops.forEach((end) => end());
      const onClosed = (): void => reject(new ConnectError(findSocket(), undefined));
      if (client.closed.aborted) onClosed();
      else client.closed.addEventListener('abort', onClosed, { once: true });
    });
    try {
      await untilAborted(seen, signal);
    } finally {
      stop();
    }
  }

  return {
    callAny,
    // The daemon validates what it answers; a client that checked again would need the schemas at run time.
    call: async <M extends MethodName>(method: M, params: ParamsOf<Methods[M]>, options?: CallOptions) =>
      (await callAny(method, params, options)) as ResultOf<Methods[M]>,
    listen,
    close: async () => (await connection?.catch(() => null))?.close(),
  };
}

/** Rejects with the signal's reason as soon as it is aborted, whether or not the daemon answers then. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function codeOfCause(error: unknown): string | undefined {
  const { cause } = error as { readonly cause?: unknown };
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}
