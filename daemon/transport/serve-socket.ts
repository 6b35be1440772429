/** A listening socket and its connections: how many there may be, and how they end. */
import type { Socket } from 'node:net';
import type { Connection } from './connection';
import { listenSocket, type SocketPlace } from './listen-socket';

export interface ServedSocket {
  readonly connections: () => number;
  /** Ends the connections after what is queued for them was sent; new ones may come. */
  readonly endConnections: () => Promise<void>;
  /** Accepts no more, removes the socket and ends the connections. */
  readonly close: () => Promise<void>;
}

export interface ServeOptions {
  readonly place: SocketPlace;
  /** Whether one more connection may be served beside so many open ones. */
  readonly mayAccept: (open: number) => boolean;
  readonly accept: (socket: Socket) => Connection;
  readonly onError: (error: Error) => void;
}

/** Throws as listenSocket does. */
export async function serveSocket(options: ServeOptions): Promise<ServedSocket> {
  const open = new Set<Connection>();

  function onConnection(socket: Socket): void {
    if (!options.mayAccept(open.size)) {
      socket.destroy();
      return;
    }
    const connection = options.accept(socket);
    open.add(connection);
    connection.closed.addEventListener('abort', () => open.delete(connection));
  }

  async function endConnections(): Promise<void> {
    await Promise.all([...open].map(endConnection));
  }

  const listening = await listenSocket(options.place, onConnection, options.onError);
  return {
    connections: () => open.size,
    endConnections,
    close: async () => {
      await listening.close();
      await endConnections();
    },
  };
}

function endConnection(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.closed.addEventListener('abort', () => resolve(), { once: true });
    connection.end();
  });
}
