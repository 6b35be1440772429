/** Reloads the configuration when its file changes. A file that is refused leaves the old configuration in force. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConfigSource } from '../config/config-source';
import type { Logger } from '../log';
import { debounce } from './debounce';
import { watchPaths } from './watch-paths';

/** One file: looking is cheap, and misses no change that comes right after another. */
const pollMs = 500;

export interface Watcher {
  readonly ready: Promise<void>;
  readonly close: () => Promise<void>;
}

export function watchConfig(config: ConfigSource, log: Logger): Watcher {
  const onError = (error: unknown) => log.warn('the configuration file cannot be watched', { error });
  const reload = debounce(
    () => config.current().watch.delayMs,
    async () => {
      const outcome = await config.reload();
      if (outcome.kind === 'changed') {
        log.info('configuration reloaded', { keys: outcome.keys, needRestart: outcome.needRestart });
      } else if (outcome.kind === 'refused') {
        log.error('the new configuration was refused, the old one stays', { problem: outcome.problem });
      }
    },
    onError,
  );
  const [top, chain] = pathsTo(config.file);
  const watched = watchPaths([top], {
    ignored: (path) => !chain.has(path),
    onChange: reload.trigger,
    onError,
    pollMs,
  });
  return {
    ready: watched.ready,
    close: async () => {
      await watched.close();
      await reload.stop();
    },
  };
}

/** The nearest folder above the file that exists, and the paths between them: the folder may be made later, too. */
function pathsTo(file: string): readonly [top: string, chain: ReadonlySet<string>] {
  const chain = new Set([file]);
  let folder = dirname(file);
  chain.add(folder);
  while (!existsSync(folder)) {
    folder = dirname(folder);
    chain.add(folder);
  }
  return [folder, chain];
}
