/** A listening socket and its connections: how many there may be, and how they end. */
import type { Socket } from 'node:net';
import type { Connection } from './connection';
import type { RateLimit } from './input-limits';
import { listenSocket, type ListeningSocket, type SocketPlace } from './listen-socket';

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
  /** Connections per second; null: as many as come. */
  readonly connects: RateLimit | null;
  readonly onError: (error: Error) => void;
}

/** How long a socket is closed to a flood. */
const pauseMs = 250;

/** Throws as listenSocket does. */
export async function serveSocket(options: ServeOptions): Promise<ServedSocket> {
  const open = new Set<Connection>();
  let listening: ListeningSocket | null = null;

  function onConnection(socket: Socket): void {
    if (isTooFast(options.connects)) listening?.pause(pauseMs);
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

  listening = await listenSocket(options.place, onConnection, options.onError);
  return {
    connections: () => open.size,
    endConnections,
    close: async () => {
      await listening.close();
      await endConnections();
    },
  };
}

/** A program that opens connections as fast as it can would be most of what this process does. */
function isTooFast(connects: RateLimit | null): boolean {
  if (connects === null) return false;
  const isOver = connects.delayMs() > 0;
  if (!isOver) connects.take(0);
  return isOver;
}

function endConnection(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.closed.addEventListener('abort', () => resolve(), { once: true });
    connection.end();
  });
}
