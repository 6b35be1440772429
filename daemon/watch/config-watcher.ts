/** Reloads the configuration when its file changes. A file that is refused leaves the old configuration in force. */
import { unwatchFile, watchFile } from 'node:fs';
import type { ConfigSource } from '../config/config-source';
import type { Logger } from '../log';
import { debounce } from './debounce';

/** One file: looking is cheap, and misses no change that comes right after another. */
const pollMs = 500;

export interface ConfigWatch {
  readonly close: () => Promise<void>;
}

export function watchConfig(config: ConfigSource, log: Logger): ConfigWatch {
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
  // A look at the path itself: chokidar's polling loses a file that appears while it reads the folder, for good.
  watchFile(config.file, { interval: pollMs }, reload.trigger);
  // What changed since the configuration was read and before the first look.
  reload.trigger();
  return {
    close: async () => {
      unwatchFile(config.file, reload.trigger);
      await reload.stop();
    },
  };
}
