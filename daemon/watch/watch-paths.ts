/**
 * Tells when files change: the only import of chokidar. Follows no link. Must never be given a folder that an
 * agent can write.
 */
import { watch } from 'chokidar';

export interface PathWatch {
  /** Resolves when changes are noticed from now on. */
  readonly ready: Promise<void>;
  readonly close: () => Promise<void>;
}

export interface PathWatchOptions {
  readonly ignored: (path: string) => boolean;
  /** A file was made, changed or removed. Must not throw. */
  readonly onChange: (path: string) => void;
  readonly onError: (error: unknown) => void;
  /**
   * Look every so many milliseconds instead of being told by the kernel: for folders that change all the time, where
   * each notice would cost (4 ms of processor time per move of a ref among 100, measured).
   */
  readonly pollMs?: number;
}

/** Paths that do not exist yet are noticed when they appear. */
export function watchPaths(paths: readonly string[], options: PathWatchOptions): PathWatch {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: options.ignored,
    ignorePermissionErrors: true,
    // Refs and configurations are replaced by a rename; that must not look like a removal.
    atomic: false,
    ...(options.pollMs === undefined ? {} : { usePolling: true, interval: options.pollMs }),
  });
  watcher.on('all', (event, path) => {
    if (event !== 'addDir' && event !== 'unlinkDir') options.onChange(path);
  });
  watcher.on('error', options.onError);
  return {
    ready: new Promise((resolve) => watcher.once('ready', () => resolve())),
    close: () => watcher.close(),
  };
}
