/**
 * Opens one Unix socket at a path: replaces what a dead daemon left, never a living one's socket and nothing that
 * is not a socket. The directory is held by a descriptor, so that neither a link nor a long path leads elsewhere.
 */
import { chmod, chown, lstat, mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import { GitisoError } from '../../shared/errors';

export interface SocketPlace {
  readonly path: string;
  readonly directoryMode: number;
  readonly socketMode: number;
  /** Owner of directory and socket; null: as they are made. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

export interface ListeningSocket {
  /**
   * Accepts nothing for so long: whoever connects is refused by the kernel, which costs this process nothing. Open
   * connections go on. Does nothing while it is paused or closed.
   */
  readonly pause: (ms: number) => void;
  /** Stops accepting and removes the socket; open connections are the caller's. */
  readonly close: () => Promise<void>;
}

/** After a pause the path may not be usable at once (no more descriptors). */
const retryMs = 1000;

/** Throws GitisoError 'already-running' when somebody answers at the path, 'storage-failed' for anything else. */
export async function listenSocket(
  place: SocketPlace,
  onConnection: (socket: Socket) => void,
  onError: (error: Error) => void,
): Promise<ListeningSocket> {
  const directory = await openDirectory(place);
  // sockaddr_un holds 107 bytes, and Node cuts longer paths without a word: the descriptor makes it short.
  const path = `/proc/self/fd/${String(directory.fd)}/${basename(place.path)}`;
  try {
    await removeStale(path, place.path);
    let server: Server | null = await serve(path, place, onConnection, onError);
    let again: NodeJS.Timeout | undefined;
    let opening: Promise<void> = Promise.resolve();
    let isClosed = false;
    const open = async (): Promise<void> => {
      server = await serve(path, place, onConnection, onError);
      if (isClosed) server.close();
    };
    const reopen = () => {
      again = undefined;
      opening = open().catch((error: unknown) => {
        onError(error as Error);
        if (!isClosed) again = setTimeout(reopen, retryMs).unref();
      });
    };
    return {
      pause: (ms) => {
        if (server === null || isClosed) return;
        server.close();
        server = null;
        again = setTimeout(reopen, ms).unref();
      },
      close: async () => {
        isClosed = true;
        clearTimeout(again);
        await opening;
        server?.close();
        await directory.close();
      },
    };
  } catch (error) {
    await directory.close();
    throw asStorageError(error, place.path);
  }
}

async function serve(
  path: string,
  place: SocketPlace,
  onConnection: (socket: Socket) => void,
  onError: (error: Error) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  await listen(server, path);
  server.on('error', onError);
  await chmod(path, place.socketMode);
  if (place.owner !== null) await chown(path, place.owner.uid, place.owner.gid);
  return server;
}

async function openDirectory({ path, directoryMode, owner }: SocketPlace): Promise<FileHandle> {
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: directoryMode });
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await checkOwner(handle, directory);
      await handle.chmod(directoryMode);
      if (owner !== null) await handle.chown(owner.uid, owner.gid);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asStorageError(error, directory);
  }
}

/** Somebody else's directory (a squatter's in /tmp) is not used. Root may use any, it gives them to agents. */
async function checkOwner(handle: FileHandle, directory: string): Promise<void> {
  const { uid } = await handle.stat();
  const own = userInfo().uid;
  if (own !== 0 && uid !== own) {
    throw new GitisoError('storage-failed', `${directory} belongs to another user`);
  }
}

async function removeStale(path: string, shownPath: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return;
  if (!found.isSocket()) throw new GitisoError('storage-failed', `${shownPath} exists and is not a socket`);
  if (await isAnswering(path)) {
    throw new GitisoError('already-running', `another process answers on ${shownPath}`);
  }
  await unlink(path);
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function asStorageError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  return new GitisoError('storage-failed', `cannot open a socket at ${path}: ${code}`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
